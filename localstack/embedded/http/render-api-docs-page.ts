import { openApiDocument } from '../../../functions/platform/build-openapi-document.ts';
import { STYLE } from './docs-style.ts';

/** The parts of an OpenAPI document and its JSON Schemas that the page shows. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly minimum?: number;
  readonly exclusiveMinimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly multipleOf?: number;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}
interface Media {
  readonly schema?: Schema;
  readonly example?: unknown;
}
interface Body {
  readonly description?: string;
  readonly content?: Readonly<Record<string, Media>>;
}
interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly schema?: Schema;
}
interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: Body;
  readonly responses: Readonly<Record<string, Body>>;
}
export interface Document {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const text = (value: unknown): string => String(value).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
const code = (value: unknown): string => `<code>${text(value)}</code>`;
const paragraph = (value: string | undefined): string => (value ? `<p>${text(value)}</p>` : '');

/** Returns the API's documentation as one HTML page without scripts or external resources. */
export function docsPage(document: Document = openApiDocument() as Document): string {
  const { info, paths, components } = document;
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ route: `${method.toUpperCase()} ${path}`, operation })),
  );
  const schemas = Object.entries(components?.schemas ?? {});
  const link = (id: string, label: string) => `<li><a href="#${text(id)}">${text(label)}</a></li>`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${text(info.title)} API</title><style>${STYLE}</style></head>
<body>
<header><h1>${text(info.title)} API <small>${text(info.version)}</small></h1>${paragraph(info.description)}
<p><a href="/openapi.json">openapi.json</a> is this page for programs (OpenAPI 3.1).</p></header>
<nav aria-label="Contents"><h2>Routes</h2><ul>${operations.map(({ route, operation }) => link(operation.operationId, route)).join('')}</ul>
<h2>Schemas</h2><ul>${schemas.map(([name]) => link(`schema-${name}`, name)).join('')}</ul></nav>
<main>${operations.map(({ route, operation }) => operationSection(route, operation)).join('')}
${schemas.map(([name, schema]) => schemaSection(name, schema)).join('')}</main>
</body>
</html>
`;
}

function operationSection(route: string, operation: Operation): string {
  const { operationId, summary, description, tags, parameters, requestBody, responses } = operation;
  const replies = Object.entries(responses).map(([status, body]) => bodyPart(`Response ${status}`, body));
  return `<section id="${text(operationId)}"><h2>${code(route)}</h2><p><strong>${text(summary ?? operationId)}</strong>
${tags?.length ? ` · ${text(tags.join(', '))}` : ''}</p>${paragraph(description)}${parameterTable(parameters ?? [])}
${requestBody ? bodyPart('Request body', requestBody) : ''}${replies.join('')}</section>`;
}

function parameterTable(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(({ name, in: place, required, schema = {} }) => [
    code(name),
    text(place),
    required ? 'yes' : 'no',
    typeOf(schema),
    text(schema.description ?? ''),
  ]);
  return `<h3>Parameters</h3>${table(['Name', 'In', 'Required', 'Form', 'Meaning'], rows)}`;
}

function bodyPart(title: string, { description, content = {} }: Body): string {
  const media = Object.entries(content).map(([type, { schema, example }]) => {
    const form = schema ? `<p>${code(type)}: ${typeOf(schema)}</p>` : '';
    const shown = example === undefined ? '' : `<pre tabindex="0">${text(JSON.stringify(example, null, 2))}</pre>`;
    return form + shown;
  });
  return `<h3>${text(title)}</h3>${paragraph(description)}${media.join('')}`;
}

function schemaSection(name: string, schema: Schema): string {
  const required = new Set(schema.required);
  const rows = Object.entries(schema.properties ?? {}).map(([field, of]) => [
    code(field),
    required.has(field) ? 'yes' : 'no',
    typeOf(of),
    text(of.description ?? ''),
  ]);
  const form = rows.length > 0 ? table(['Field', 'Required', 'Form', 'Meaning'], rows) : `<p>${typeOf(schema)}</p>`;
  return `<section id="schema-${text(name)}"><h2>${text(name)}</h2>${paragraph(schema.description)}${form}</section>`;
}

/** Returns an HTML table. @param rows cells as HTML */
function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = heads.map((name) => `<th scope="col">${text(name)}</th>`).join('');
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('');
  return `<div class="table"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

/** Returns a schema in one line: a link, alternatives, a list, or a type with its limits. */
function typeOf(schema: Schema): string {
  const name = schema.$ref?.split('/').at(-1);
  if (name !== undefined) return `<a href="#schema-${text(name)}">${text(name)}</a>`;
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices) return choices.map(typeOf).join(' or ');
  if (schema.const !== undefined) return code(JSON.stringify(schema.const));
  if (schema.enum) return schema.enum.map((value) => code(JSON.stringify(value))).join(' or ');
  if (schema.items) return `list of ${limits(schema)}${typeOf(schema.items)}`;
  if (schema.properties)
    return `{ ${Object.entries(schema.properties)
      .map(([field, of]) => `${text(field)}: ${typeOf(of)}`)
      .join(', ')} }`;
  return `${text([schema.type ?? 'any'].flat().join(' or '))} ${limits(schema)}`.trim();
}

const isBound = (bound: number | undefined): bound is number =>
  bound !== undefined && Math.abs(bound) !== Number.MAX_SAFE_INTEGER;

function limits(schema: Schema): string {
  const least = schema.minimum ?? schema.minLength ?? schema.minItems;
  const most = schema.maximum ?? schema.maxLength ?? schema.maxItems;
  const parts = [
    isBound(least) && isBound(most)
      ? `${least} to ${most}`
      : isBound(least)
        ? `from ${least}`
        : isBound(most)
          ? `up to ${most}`
          : '',
    schema.exclusiveMinimum === undefined ? '' : `above ${schema.exclusiveMinimum}`,
    schema.multipleOf === undefined ? '' : `in steps of ${schema.multipleOf}`,
    schema.default === undefined ? '' : `default ${JSON.stringify(schema.default)}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : `<small>(${text(parts.join(', '))})</small> `;
}
