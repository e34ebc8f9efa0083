import { createApiKey, revokeApiKey, scopes, urlOf } from '@retort/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { good, startExample, type Example } from './example-server.ts';

let example: Example;
beforeAll(async () => {
  example = await startExample();
});
afterAll(() => example.close());

describe('a caller', () => {
  it('that is refused stands in the log with address, key and tenant, as far as they are known', async () => {
    await example.ask('GET', '/decisions?limit=1', { key: null });
    expect(example.lastLine()).toMatchObject({ status: 401, address: '127.0.0.1' });
    const { key, secret } = await example.keys.create({ tenant: 'acme', name: 'writer', scopes: ['decisions:write'] });
    await example.ask('GET', '/decisions?limit=1', { key: secret });
    expect(example.lastLine()).toMatchObject({ status: 403, address: '127.0.0.1', key_id: key.id, tenant: 'acme' });
    await example.keys.revoke('acme', key.id);
    await example.ask('GET', '/decisions?limit=1', { key: secret });
    expect(example.lastLine()).toMatchObject({ status: 401, address: '127.0.0.1', key_id: key.id, tenant: 'acme' });
    expect(example.lines.join('')).not.toContain(secret.slice(20));
  });

  it('gets no key that would have expired before it was made', async () => {
    const answer = await example.ask('POST', createApiKey.path, {
      body: { name: 'late', scopes: ['decisions:read'], expires_at: '2026-03-01T11:59:59Z' },
    });
    expect([answer.status, answer.body['type']]).toEqual([422, '/errors#access.expiry-past']);
  });

  it('is refused without a key, with a wrong one, an expired one, a revoked one', async () => {
    const { key, secret } = await example.keys.create({
      tenant: 'acme',
      name: 'short',
      scopes: [...scopes],
      expiresAt: new Date('2026-03-01T12:00:10Z'),
    });
    const other = await example.keys.create({ tenant: 'acme', name: 'gone', scopes: [...scopes] });
    expect((await example.ask('GET', '/decisions?limit=1', { key: secret })).status).toBe(200);
    example.clock.advance(11_000);
    expect(
      (await example.ask('DELETE', urlOf(revokeApiKey, { params: { id: other.key.id } }))).body['revoked_at'],
    ).not.toBeNull();
    const forged = secret.slice(0, -1) + (secret.endsWith('A') ? 'B' : 'A');
    const codes = await Promise.all(
      [null, 'rt_nonsense', forged, secret, other.secret].map(async (tried) => {
        const { status, body } = await example.ask('GET', '/decisions?limit=1', { key: tried });
        return [status, body['detail']];
      }),
    );
    expect(codes.map(([status]) => status)).toEqual([401, 401, 401, 401, 401]);
    expect(codes.map(([, detail]) => detail).slice(1)).toEqual([
      'This API key is not known.',
      'This API key is not known.',
      'This API key has expired.',
      'This API key was revoked.',
    ]);
    expect(key.id).not.toContain(secret);
  });

  it('needs the scope of the route', async () => {
    const { secret } = await example.keys.create({ tenant: 'acme', name: 'reader', scopes: ['decisions:read'] });
    expect((await example.ask('GET', '/decisions?limit=1', { key: secret })).status).toBe(200);
    const refused = await example.ask('POST', '/decisions:batch', { key: secret, body: good });
    expect([refused.status, refused.body['type']]).toEqual([403, '/errors#access.scope-missing']);
  });

  it('acts for its own tenant, whatever it claims; a service names the tenant it acts for', async () => {
    const tenant = { 'x-retort-tenant': 'globex' };
    expect((await example.ask('POST', '/decisions:batch', { body: good })).body['tenant']).toBe('acme');
    expect((await example.ask('POST', '/decisions:batch', { body: good, headers: tenant })).status).toBe(403);
    const asService = await example.ask('POST', '/decisions:batch', {
      key: example.serviceKey.text,
      body: good,
      headers: tenant,
    });
    expect(asService.body['tenant']).toBe('globex');
    expect((await example.ask('POST', '/decisions:batch', { key: example.serviceKey.text, body: good })).status).toBe(
      400,
    );
  });

  it('keeps its correlation id when it is fit to be one, and gets a new one otherwise', async () => {
    const kept = await example.ask('POST', '/decisions:batch', {
      body: good,
      headers: { 'x-correlation-id': 'loop-7' },
    });
    expect([kept.headers.get('x-correlation-id'), kept.body['trace']]).toEqual([
      'loop-7',
      { correlationId: 'loop-7', causationId: null },
    ]);
    const dropped = await example.ask('POST', '/decisions:batch', {
      body: good,
      headers: { 'x-correlation-id': 'a b"c' },
    });
    expect(dropped.headers.get('x-correlation-id')).toBe(dropped.headers.get('x-request-id'));
  });
});

describe('API keys', () => {
  it('show their secret once, and are stored without it', async () => {
    const made = await example.ask('POST', createApiKey.path, { body: { name: 'agent', scopes: ['decisions:write'] } });
    const secret = String(made.body['secret']);
    expect([made.status, made.headers.get('location')]).toEqual([
      201,
      urlOf(revokeApiKey, { params: { id: String(made.body['id']) } }),
    ]);
    expect((await example.ask('POST', '/decisions:batch', { key: secret, body: good })).status).toBe(200);
    expect(JSON.stringify((await example.ask('GET', createApiKey.path)).body)).not.toContain(secret);
    const { rows } = await example.database.connect().query('select * from access.api_keys');
    // The secret part may hold underscores itself: it is told by its length.
    expect(JSON.stringify(rows)).not.toContain(secret.slice(-43));
  });

  it('of another tenant do not exist', async () => {
    const { key } = await example.keys.create({ tenant: 'globex', name: 'theirs', scopes: ['admin'] });
    expect((await example.ask('DELETE', urlOf(revokeApiKey, { params: { id: key.id } }))).status).toBe(404);
    expect(JSON.stringify((await example.ask('GET', createApiKey.path)).body)).not.toContain(key.id);
  });

  it('are made at the first start only', async () => {
    expect(await example.keys.bootstrap('acme')).toBeNull();
  });
});
