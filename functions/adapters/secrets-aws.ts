import { type AwsAnswer, type AwsCallSettings, signedPost, whyRefused } from './aws-signed-post.ts';

const answerTimeoutMs = 2_000;

/** Reads the text of a secret in AWS Secrets Manager. Rejects with one sentence without the secret. */
export async function readSecret(arn: string, settings: AwsCallSettings): Promise<string> {
  const post = {
    service: 'secretsmanager',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'secretsmanager.GetSecretValue',
    },
    body: JSON.stringify({ SecretId: arn }),
    timeoutMs: answerTimeoutMs,
  };
  const answer = await signedPost(() => post, isSecret, settings);
  const secret = answer.status === 200 ? secretIn(answer.body) : null;
  if (secret !== null) return secret;
  throw new Error(
    `Secrets Manager did not give ${arn}: ${answer.status === 200 ? 'it is no text' : whyRefused(answer)}.`,
  );
}

function isSecret({ body }: AwsAnswer): boolean {
  return secretIn(body) !== null;
}

function secretIn(body: string): string | null {
  try {
    const { SecretString } = JSON.parse(body) as { readonly SecretString?: unknown };
    return typeof SecretString === 'string' ? SecretString : null;
  } catch {
    return null;
  }
}
