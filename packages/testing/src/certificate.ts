import { spawnSync } from 'node:child_process';

/** A key and a certificate that signs itself, as PEM files in the folder.
 *  @param host a name of OpenSSL's form: `DNS:localhost`, `IP:127.0.0.1`
 *  @throws Error with what openssl says */
export function selfSignedCertificate(folder: string, host: string): { key: string; certificate: string } {
  const [key, certificate] = [`${folder}/key.pem`, `${folder}/certificate.pem`];
  const about = ['-subj', '/CN=test', '-addext', `subjectAltName=${host}`];
  const files = ['-keyout', key, '-out', certificate];
  const made = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2'].concat(about, files),
  );
  if (made.status !== 0) throw new Error(`openssl: ${made.stderr}`);
  return { key, certificate };
}
