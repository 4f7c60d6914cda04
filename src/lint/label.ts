/** The rules of one label, as a configuration writes them. */
import type { ConfigElement } from '../config/element.ts';
import type { CheckedPlugin } from '../config/schema.ts';
import type { Location } from '../errors.ts';

export interface LintLabel {
  readonly name: string;
  readonly at: Location;
  /** Filters and outputs in their order. */
  readonly rules: readonly LintRule[];
}

/** A `<filter>` or `<match>`. */
export interface LintRule {
  readonly kind: 'filter' | 'match';
  readonly pattern: string;
  readonly element: ConfigElement;
  /** undefined if its configuration is wrong. */
  readonly plugin: CheckedPlugin | undefined;
}
