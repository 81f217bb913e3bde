export type LogFields = Readonly<Record<string, string | number | boolean | null>>;

/** Structured logging. `event` is a stable snake_case word; fields never carry addresses, subjects or content. */
export interface Log {
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}
