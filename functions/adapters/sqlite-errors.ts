const ioError = 10;
const corrupt = 11;
const full = 13;
const notADatabase = 26;

/** The primary result code of an error that SQLite raised (https://www.sqlite.org/rescode.html); `null` for any other error. */
export function sqliteCodeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return null;
  return error.errcode & 0xff;
}

/** The disk, or what it holds, can no longer be trusted. */
export function isStorageFailure(error: unknown): boolean {
  const code = sqliteCodeOf(error);
  return code === ioError || code === corrupt || code === notADatabase;
}

/** Nothing was written for want of space; the store works again once there is some. */
export function isOutOfSpace(error: unknown): boolean {
  return sqliteCodeOf(error) === full;
}
