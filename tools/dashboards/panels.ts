export interface Panel {
  title: string;
  description: string;
  unit: 'short' | 'reqps' | 's' | 'bytes' | 'percentunit';
  /** PromQL → legend. */
  queries: Readonly<Record<string, string>>;
}
export interface Row {
  title: string;
  panels: readonly Panel[];
}

const rate = (metric: string, by: string) => `sum by (${by}) (rate(${metric}[5m]))`;
const quantile = (share: number, metric: string, by: string) =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${metric}_bucket[5m])))`;

/** What an operator watches, in the order of the flow. */
export const rows: readonly Row[] = [
  {
    title: 'Service levels',
    panels: [
      {
        title: 'Requests that fail',
        description: 'Share of answers with a status of 500 or above. The error budget is 0.1% in 30 days.',
        unit: 'percentunit',
        queries: { 'retort:requests:error_ratio5m': '5 minutes', 'retort:requests:error_ratio1h': '1 hour' },
      },
      {
        title: 'Requests',
        description: 'By the service that answers.',
        unit: 'reqps',
        queries: { [rate('retort_http_request_duration_seconds_count', 'service')]: '{{service}}' },
      },
      {
        title: 'Time to answer, 95th percentile',
        description: 'By the service that answers.',
        unit: 's',
        queries: { [quantile(0.95, 'retort_http_request_duration_seconds', 'service')]: '{{service}}' },
      },
    ],
  },
  {
    title: 'Ingest',
    panels: [
      {
        title: 'Decisions recorded',
        description: 'Acknowledged after they were durable.',
        unit: 'reqps',
        queries: { 'sum(rate(retort_decisions_ingested_total[5m]))': 'decisions' },
      },
      {
        title: 'Time of a commit, 95th percentile',
        description: 'Of a group of events to the event store.',
        unit: 's',
        queries: {
          'histogram_quantile(0.95, sum by (le) (rate(retort_ingestion_commit_seconds_bucket[5m])))': 'commit',
        },
      },
      {
        title: 'Waiting for a commit',
        description: 'Events in the queue; callers are told to come back when it is full.',
        unit: 'short',
        queries: { 'sum(retort_ingestion_queue_events)': 'events' },
      },
    ],
  },
  {
    title: 'Lag',
    panels: [
      {
        title: 'Readers behind the log',
        description: 'Age of the first event that a reader does not know.',
        unit: 's',
        queries: { 'max by (reader) (retort_reader_lag_seconds)': '{{reader}}' },
      },
      {
        title: 'Consumers behind the bus',
        description: 'Messages that a service has not handled.',
        unit: 'short',
        queries: { 'sum by (service) (retort_consumer_lag_messages)': '{{service}}' },
      },
      {
        title: 'Events that cannot be read',
        description: 'Set aside by a projection or a read model.',
        unit: 'short',
        queries: {
          'sum(retort_projection_poison_events)': 'projection',
          'sum(retort_unreadable_events)': 'read models',
        },
      },
    ],
  },
  {
    title: 'Students',
    panels: [
      {
        title: 'Who answers',
        description: 'Predictions by who served them: coverage is the share of the student.',
        unit: 'reqps',
        queries: { [rate('retort_predictions_total', 'served_by')]: '{{served_by}}' },
      },
      {
        title: 'Coverage',
        description: 'Share of predictions that the student served in the last hour.',
        unit: 'percentunit',
        queries: { 'retort:predictions:student_ratio1h': 'student' },
      },
      {
        title: 'Time of a prediction, 95th percentile',
        description: 'Of the student itself.',
        unit: 's',
        queries: {
          'histogram_quantile(0.95, sum by (le) (rate(retort_student_prediction_duration_seconds_bucket[5m])))':
            'student',
        },
      },
      {
        title: 'Audits',
        description: 'Served turns that the teacher was asked for as well, by what came of it.',
        unit: 'reqps',
        queries: { 'sum(rate(retort_audits_total[1h]))': 'audits' },
      },
      {
        title: 'Runs',
        description: 'Curation, training, evaluation and the like, by state.',
        unit: 'short',
        queries: { 'sum by (kind, state) (retort_runs{state=~"queued|running"})': '{{kind}} {{state}}' },
      },
    ],
  },
  {
    title: 'Gateway',
    panels: [
      {
        title: 'Answers',
        description: 'By who answered, and why.',
        unit: 'reqps',
        queries: { [rate('retort_gateway_answers_total', 'served_by, reason')]: '{{served_by}} {{reason}}' },
      },
      {
        title: 'Attempts at upstreams',
        description: 'By upstream and outcome.',
        unit: 'reqps',
        queries: { [rate('retort_gateway_upstream_attempts_total', 'upstream, outcome')]: '{{upstream}} {{outcome}}' },
      },
      {
        title: 'Waiting for delivery',
        description: 'Bytes on disk that wait for a store that is away.',
        unit: 'bytes',
        queries: { 'sum by (spool) (retort_spool_bytes)': '{{spool}}' },
      },
    ],
  },
  {
    title: 'Processes',
    panels: [
      {
        title: 'Memory',
        description: 'Resident, by process.',
        unit: 'bytes',
        queries: { process_resident_memory_bytes: '{{instance}}' },
      },
      {
        title: 'Database connections',
        description: 'By pool and state; callers that wait for one are waiting.',
        unit: 'short',
        queries: { 'sum by (pool, state) (retort_database_connections)': '{{pool}} {{state}}' },
      },
      {
        title: 'Disk left',
        description: 'Of the data folder.',
        unit: 'percentunit',
        queries: { 'min by (instance) (retort_disk_free_bytes / retort_disk_size_bytes)': '{{instance}}' },
      },
    ],
  },
];
