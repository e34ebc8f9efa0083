import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface SignedRequest {
  method: string;
  /** As the request line has it: path and query. */
  target: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Account {
  accessKeyId: string;
  secretAccessKey: string;
  region: string;
}

const skewMs = 15 * 60_000;

/** Why S3 would refuse the request, by its own code; null when it is signed as Signature Version 4 asks for. Written from the
 *  specification and not from the client's code. */
export function signatureProblem({ method, target, headers, body }: SignedRequest, account: Account): string | null {
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request,\s*SignedHeaders=([^,]+),\s*Signature=([0-9a-f]{64})$/.exec(
      headers.authorization ?? '',
    );
  if (!given) return headers.authorization === undefined ? 'AccessDenied' : 'AuthorizationHeaderMalformed';
  const [, accessKeyId, day, region, signedHeaders, signature] = given as unknown as string[];
  if (accessKeyId !== account.accessKeyId) return 'InvalidAccessKeyId';
  if (region !== account.region) return 'AuthorizationHeaderMalformed';
  const time = String(headers['x-amz-date']);
  const at = Date.parse(time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (Number.isNaN(at) || !time.startsWith(day!)) return 'AccessDenied';
  if (Math.abs(Date.now() - at) > skewMs) return 'RequestTimeTooSkewed';
  const hash = createHash('sha256').update(body).digest('hex');
  if (headers['x-amz-content-sha256'] !== hash) return 'XAmzContentSHA256Mismatch';
  const names = signedHeaders!.split(';');
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names.includes(name))) return 'AccessDenied';
  const [path, query = ''] = target.split('?');
  const pairs = query === '' ? [] : query.split('&').map((pair) => (pair.includes('=') ? pair : `${pair}=`));
  const canonicalRequest =
    `${method}\n${path}\n${pairs.sort().join('&')}\n` +
    names.map((name) => `${name}:${String(headers[name] ?? '').trim()}\n`).join('') +
    `\n${signedHeaders}\n${hash}`;
  const stringToSign = `AWS4-HMAC-SHA256\n${time}\n${day}/${region}/s3/aws4_request\n${createHash('sha256').update(canonicalRequest).digest('hex')}`;
  const mac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
  const signingKey = mac(mac(mac(mac(`AWS4${account.secretAccessKey}`, day!), region!), 's3'), 'aws4_request');
  return mac(signingKey, stringToSign).toString('hex') === signature ? null : 'SignatureDoesNotMatch';
}
