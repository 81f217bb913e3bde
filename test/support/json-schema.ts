/** As much of JSON Schema 2020-12 as the published document uses. */
export type JsonSchema = {
  readonly examples?: readonly unknown[];
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly format?: string;
};

export type Schemas = Readonly<Record<string, JsonSchema>>;

/** The schema itself, or the one of the document that it refers to. */
export function resolved(schema: JsonSchema, schemas: Schemas): JsonSchema {
  if (schema.$ref === undefined) return schema;
  const found = schemas[schema.$ref.replace('#/components/schemas/', '')];
  if (found === undefined) throw new Error(`The document has no ${schema.$ref}.`);
  return resolved(found, schemas);
}

/** Where and why a value is not what the schema says, one sentence each; empty when it is. */
export function mismatches(value: unknown, given: JsonSchema, schemas: Schemas, pointer = ''): string[] {
  const schema = resolved(given, schemas);
  const at = pointer === '' ? 'the body' : pointer;
  if (schema.anyOf !== undefined) {
    const fits = schema.anyOf.some((form) => mismatches(value, form, schemas, pointer).length === 0);
    return fits ? [] : [`${at} has none of its forms: ${JSON.stringify(value)}`];
  }
  if (!isOfType(value, schema)) return [`${at} is no ${String(schema.type)}: ${JSON.stringify(value)}`];
  if (schema.const !== undefined && schema.const !== value) return [`${at} is not ${JSON.stringify(schema.const)}`];
  if (schema.enum !== undefined && !schema.enum.includes(value))
    return [`${at} is none of its words: ${String(value)}`];
  if (schema.format === 'date-time' && typeof value === 'string' && Number.isNaN(Date.parse(value)))
    return [`${at} is no time`];
  if (Array.isArray(value)) {
    const { items = {} } = schema;
    return value.flatMap((item, index) => mismatches(item, items, schemas, `${pointer}/${index}`));
  }
  return typeof value === 'object' && value !== null ? membersAmiss(value, schema, schemas, pointer) : [];
}

function membersAmiss(value: object, schema: JsonSchema, schemas: Schemas, pointer: string): string[] {
  const { properties = {}, required = [], additionalProperties = true } = schema;
  const absent = required.filter((name) => !Object.hasOwn(value, name)).map((name) => `${pointer}/${name} is absent`);
  const wrong = Object.entries(value).flatMap(([name, member]) => {
    const own = Object.hasOwn(properties, name) ? properties[name] : additionalProperties;
    if (own === false) return [`${pointer}/${name} is not in the schema`];
    return own === true || own === undefined ? [] : mismatches(member, own, schemas, `${pointer}/${name}`);
  });
  return [...absent, ...wrong];
}

function isOfType(value: unknown, { type }: JsonSchema): boolean {
  if (type === undefined) return true;
  const types = typeof type === 'string' ? [type] : type;
  return types.some((one) => {
    switch (one) {
      case 'null':
        return value === null;
      case 'array':
        return Array.isArray(value);
      case 'object':
        return typeof value === 'object' && value !== null && !Array.isArray(value);
      case 'integer':
        return Number.isInteger(value);
      default:
        return typeof value === one;
    }
  });
}
