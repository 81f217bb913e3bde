/** A JSON Schema as it stands in the document. */
export type Schema = {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly description?: string;
};

// Keywords that would change the type and are not read below: better no client than a wrong one.
const unread = [
  'not',
  'if',
  'patternProperties',
  'prefixItems',
  'dependentSchemas',
  'unevaluatedProperties',
  '$dynamicRef',
];

/** The TypeScript type of what a schema accepts. Throws for a schema that it would get wrong. */
export function typeOf(schema: Schema, indent = ''): string {
  const strange = Object.keys(schema).find((keyword) => unread.includes(keyword));
  if (strange !== undefined) throw new Error(`No type can be written for the keyword "${strange}".`);
  if (schema.$ref !== undefined) return schema.$ref.replace('#/components/schemas/', '');
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (alternatives !== undefined) return unionOf(alternatives.map((one) => typeOf(one, indent)));
  if (schema.allOf !== undefined) return schema.allOf.map((one) => `(${typeOf(one, indent)})`).join(' & ');
  if (schema.type === undefined) return 'unknown';
  return unionOf([schema.type].flat().map((type) => typeOfWord(type, schema, indent)));
}

/** A description as a comment above what it describes; nothing for none. */
export function commentOf(description: string | undefined, indent = ''): string {
  return description === undefined
    ? ''
    : `${indent}/** ${description.replaceAll('*/', '* /').replaceAll(/\s+/g, ' ')} */\n`;
}

function unionOf(types: readonly string[]): string {
  return Array.from(new Set(types)).join(' | ');
}

function typeOfWord(type: string, schema: Schema, indent: string): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return `ReadonlyArray<${schema.items === undefined ? 'unknown' : typeOf(schema.items, indent)}>`;
    case 'object':
      return objectType(schema, indent);
    default:
      throw new Error(`No type can be written for the type "${type}".`);
  }
}

function objectType({ properties = {}, required = [], additionalProperties }: Schema, indent: string): string {
  const open =
    typeof additionalProperties === 'object'
      ? `Readonly<Record<string, ${typeOf(additionalProperties, indent)}>>`
      : 'Readonly<Record<string, unknown>>';
  const members = Object.entries(properties).map(([name, schema]) => {
    const type = typeOf(schema, `${indent}  `);
    const key = /^[A-Za-z_]\w*$/.test(name) ? name : JSON.stringify(name);
    const optional = required.includes(name) ? `: ${type}` : `?: ${type} | undefined`;
    return `${commentOf(schema.description, `${indent}  `)}${indent}  readonly ${key}${optional};\n`;
  });
  if (members.length === 0) return open;
  const closed = `{\n${members.join('')}${indent}}`;
  return typeof additionalProperties === 'object' ? `${closed} & ${open}` : closed;
}
