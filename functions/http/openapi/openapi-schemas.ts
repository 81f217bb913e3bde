import * as z from 'zod';

/** A JSON Schema (2020-12), as far as it is looked into here. */
export type JsonSchema = {
  readonly [keyword: string]: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema & { readonly description?: string }>>;
  readonly required?: readonly string[];
};

/** Turns zod schemas into JSON Schemas; those with an `id` become references, and are gathered under that name. */
export type SchemaWriter = {
  write(schema: z.ZodType | JsonSchema): JsonSchema;
  /** As `write`, but the schema itself is written out even if it has a name. */
  inline(schema: z.ZodType): JsonSchema;
  /** What a reference in a written schema stands for. */
  resolve(reference: string): JsonSchema;
  /** All that was referred to so far, sorted by name. */
  named(): Readonly<Record<string, JsonSchema>>;
};

type Override = NonNullable<NonNullable<Parameters<typeof z.toJSONSchema>[1]>['override']>;

const definitions = '#/$defs/';
const components = '#/components/schemas/';

/** An empty writer. */
export function jsonSchemaWriter(): SchemaWriter {
  const gathered = new Map<string, JsonSchema>();
  const convert = (schema: z.ZodType): JsonSchema => {
    // Inside an array, a schema with a name is always written as a reference.
    const { $defs = {}, items } = z.toJSONSchema(z.array(schema), { io: 'input', override: tidy });
    for (const [name, definition] of Object.entries($defs)) gathered.set(name, withReferences(definition));
    return withReferences(items);
  };
  const resolve = (reference: string): JsonSchema => gathered.get(reference.slice(components.length)) ?? {};
  return {
    write: (schema) => (schema instanceof z.ZodType ? convert(schema) : schema),
    inline(schema) {
      const written = convert(schema);
      return typeof written['$ref'] === 'string' ? resolve(written['$ref']) : written;
    },
    resolve,
    named: () => Object.fromEntries(Array.from(gathered).toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

function withReferences(schema: unknown): JsonSchema {
  return JSON.parse(JSON.stringify(schema, moved)) as JsonSchema;
}

function moved(key: string, value: unknown): unknown {
  return key === '$ref' && typeof value === 'string' && value.startsWith(definitions)
    ? `${components}${value.slice(definitions.length)}`
    : value;
}

// What follows from the format or the platform says nothing to a reader of the document.
const tidy: Override = ({ jsonSchema }) => {
  if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  if (jsonSchema.propertyNames !== undefined && Object.keys(jsonSchema.propertyNames).join() === 'type') {
    delete jsonSchema.propertyNames;
  }
};
