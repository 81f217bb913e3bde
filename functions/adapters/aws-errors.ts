/** Whether an SDK call failed with the service's error of this name (`NoSuchKey`, `ConditionalCheckFailedException`, …). */
export function isAwsError(error: unknown, ...names: readonly string[]): boolean {
  return error instanceof Error && names.includes(error.name);
}

/** The result of an SDK call; its failure, after the SDK's own retries, becomes a rejection of one sentence with the failure as its cause. */
export async function fromAws<Result>(service: string, call: () => Promise<Result>): Promise<Result> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof AwsUnavailable) throw cause;
    throw new AwsUnavailable(service, cause);
  }
}

class AwsUnavailable extends Error {
  constructor(service: string, cause: unknown) {
    super(`${service} did not do what it was asked: ${cause instanceof Error ? cause.name : String(cause)}.`, {
      cause,
    });
    this.name = 'AwsUnavailable';
  }
}
