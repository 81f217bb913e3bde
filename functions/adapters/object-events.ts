type Loose = { readonly [name: string]: unknown };

/**
 * The keys below `prefix` of the objects in `bucket` that a notification of S3 tells of; `null` for a body that is none. What S3
 * sends to try out a queue names none. https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function readObjectEvents(body: string, bucket: string, prefix: string): readonly string[] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return null;
  }
  if (!isObject(parsed)) return null;
  if (parsed['Event'] === 's3:TestEvent') return [];
  const { Records: records } = parsed;
  if (!Array.isArray(records)) return null;
  return records.flatMap((record: unknown) => keyIn(record, bucket) ?? []).filter((key) => key.startsWith(prefix));
}

function keyIn(record: unknown, bucket: string): string | null {
  const s3 = isObject(record) && isObject(record['s3']) ? record['s3'] : {};
  const [of, object] = [s3['bucket'], s3['object']];
  if (!isObject(of) || of['name'] !== bucket || !isObject(object) || typeof object['key'] !== 'string') return null;
  try {
    return decodeURIComponent(object['key'].replaceAll('+', ' '));
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null;
}
