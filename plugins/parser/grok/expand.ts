/** From `%{NUMBER:bytes:integer}` to a regular expression. */
import { compileRegexp, type CompiledRegexp, type NamedGroup } from '#logferry';

/** `%{PATTERN}`, `%{PATTERN:field}`, `%{PATTERN:field:type}`. */
const REFERENCE =
  /%\{([A-Za-z0-9[\\\]^_`]+)(?::([@[\]A-Za-z\\^_`0-9:.-]+?)(?::((?:string|bool|integer|float|time(?::.+?)?|array(?::.)?)))?)?\}/;
/** More references than any real pattern has: it refers to itself. */
const MAX_EXPANSIONS = 5000;
/** Names that a regular expression takes as they are. */
const PLAIN_NAME = /^[A-Za-z_]\w*$/;

export interface ExpandedGrok {
  readonly regexp: CompiledRegexp;
  /** Type by field; `string` where none is given. */
  readonly types: ReadonlyMap<string, string>;
}

/** A reference to a pattern that does not exist. */
export class UnknownPatternError extends Error {
  override name = 'UnknownPatternError';
}

/** Expands and compiles a grok pattern. `options` are those of the regular expression. */
export function expandGrok(pattern: string, known: ReadonlyMap<string, string>, options: string): ExpandedGrok {
  const types = new Map<string, string>();
  /** Fields whose names a group cannot have, by the group's name. */
  const aliases = new Map<string, string>();
  let source = pattern;
  for (let count = 0; ; count++) {
    const found = REFERENCE.exec(source);
    if (!found) break;
    const [whole, name, field, type] = found;
    const replaced = known.get(name!);
    if (replaced === undefined) throw new UnknownPatternError(`grok pattern not found: %{${name}}`);
    if (count >= MAX_EXPANSIONS) throw new Error(`the grok pattern %{${name}} refers to itself`);
    let open = '(?:';
    if (field !== undefined) {
      const key = fieldName(field);
      types.set(key, type ?? 'string');
      open = `(?<${groupNameOf(key, aliases)}>`;
    }
    source = source.slice(0, found.index) + open + replaced + ')' + source.slice(found.index + whole.length);
  }
  return { regexp: renamed(compileRegexp(source, options), aliases), types };
}

/** `[a][b]` is the field `a.b`. */
function fieldName(field: string): string {
  return /^\[.*\]$/.test(field) ? field.slice(1, -1).split('][').join('.') : field;
}

function groupNameOf(key: string, aliases: Map<string, string>): string {
  if (PLAIN_NAME.test(key)) return key;
  for (const [alias, field] of aliases) if (field === key) return alias;
  const alias = `grok_${aliases.size}_`;
  aliases.set(alias, key);
  return alias;
}

function renamed(regexp: CompiledRegexp, aliases: ReadonlyMap<string, string>): CompiledRegexp {
  if (aliases.size === 0) return regexp;
  const groups = regexp.groups.map((group): NamedGroup => ({ ...group, name: aliases.get(group.name) ?? group.name }));
  return { ...regexp, groups };
}
