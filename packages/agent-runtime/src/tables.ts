/** What agents keep in their service's schema beside their runs. */
export const agentTables = `
  create table if not exists agent_leases (
    agent        text primary key,
    holder       text not null,
    -- The fencing token: grows when the holder changes.
    token        bigint not null,
    expires_at   timestamptz not null,
    scheduled_at timestamptz
  )`;
