/** What the configuration parser saw: text and places, no types. */
import type { Location } from '../errors.ts';
import type { Value } from '../lib/value.ts';

/**
 * The value of a parameter before anyone asked for a type.
 *
 * `text` is what stands in the file with quotes and escapes resolved and `"#{...}"` evaluated.
 * `special` is set where an expression gave `use_nil` or `use_default` (then `text` is empty); a YAML
 * null is a nil too. `value` is set where the YAML form gave something that is not text: an Integer,
 * a Float, a boolean, null or a list; `text` is then how Ruby would print it.
 */
export interface ConfigValue {
  readonly text: string;
  /** Where the parameter's name stands. */
  readonly at: Location;
  readonly special?: 'nil' | 'default' | undefined;
  /** The original text with its quotes, for messages and dumps. */
  readonly source?: string | undefined;
  readonly value?: Value | undefined;
}

/** A section: `<name arg>` ... `</name>`. The root has the name `ROOT`. */
export interface ConfigElement {
  readonly name: string;
  readonly arg: string;
  readonly at: Location;
  readonly params: ReadonlyMap<string, ConfigValue>;
  readonly elements: readonly ConfigElement[];
}
