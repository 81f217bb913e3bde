/**
 * Which messages of a batch the event source does not delete after this answer, with `ReportBatchItemFailures`: those that it
 * names; none when it names none, or is nothing at all; every one when it cannot be understood.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
 */
export function unfinishedOf(answer: unknown, messageIds: readonly string[]): ReadonlySet<string> {
  if (answer === null || answer === undefined) return new Set();
  if (typeof answer !== 'object') return new Set(messageIds);
  const failures = (answer as { readonly batchItemFailures?: unknown }).batchItemFailures;
  if (failures === null || failures === undefined) return new Set();
  if (!Array.isArray(failures)) return new Set(messageIds);
  const named = failures.map((failure: unknown) => (failure as { itemIdentifier?: unknown } | null)?.itemIdentifier);
  const known = named.filter((id): id is string => typeof id === 'string' && messageIds.includes(id));
  return new Set(known.length === named.length ? known : messageIds);
}
