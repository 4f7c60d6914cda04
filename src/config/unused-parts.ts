/** What stands in a section and nobody reads: most often a name with a slip. */
import type { ConfigProblem } from '../errors.ts';
import { suggest } from '../lib/suggest.ts';
import type { ConfigElement } from './element.ts';
import type { Fields } from './params.ts';
import { sectionName } from './proper-element.ts';

/** A warning for each parameter that is not known, and each inner section that is not used. */
export function unusedParts(element: ConfigElement, fields: Fields, known: ReadonlySet<string>, used: ReadonlySet<ConfigElement>): ConfigProblem[] {
  const found: ConfigProblem[] = [];
  for (const [name, value] of element.params) {
    if (known.has(name)) continue;
    const near = suggest(name, Object.keys(fields));
    found.push({
      message: `parameter '${name}' in ${sectionName(element)} is not used.`,
      at: value.at,
      hint: near && !element.params.has(near) ? `did you mean '${near}'?` : undefined,
    });
  }
  for (const child of element.elements) {
    if (used.has(child)) continue;
    const near = suggest(child.name, Object.keys(fields));
    found.push({
      message: `section <${child.name}> is not used in ${sectionName(element)}`,
      at: child.at,
      hint: near ? `did you mean <${near}>?` : undefined,
    });
  }
  return found;
}
