import { readFileSync } from 'node:fs';

export type CertificateName = 'trusted' | 'expired' | 'self-signed';

/** Made for the host `mx.example.test`; `trusted` and `expired` are signed by the test authority. */
export const certificates: Readonly<Record<CertificateName, { cert: string; key: string }>> = {
  trusted: { cert: pem('trusted.pem'), key: pem('trusted.key') },
  expired: { cert: pem('expired.pem'), key: pem('expired.key') },
  'self-signed': { cert: pem('self-signed.pem'), key: pem('self-signed.key') },
};

/** The certificate of the test authority. */
export const testAuthority = pem('ca.pem');

function pem(name: string): string {
  return readFileSync(new URL(`certificates/${name}`, import.meta.url), 'utf8');
}
