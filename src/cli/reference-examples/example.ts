/** An example of a plugin in the reference. Every one is loaded by a test, and those with `gives` are run by it. */
export interface PluginExample {
  /** The section as it stands in a configuration. */
  readonly config: string;
  /** What it is for, if that does not go without saying. */
  readonly note?: string;
  /** Parsers: a text; formatters: a record as JSON; filters: a record as JSON, or several in lines. */
  readonly given?: string;
  /** What becomes of it: of parsers the record as JSON, of formatters the text, of filters the records as JSON in lines. */
  readonly gives?: string;
  /** The tag of what is given; `app` if absent. */
  readonly tag?: string;
}
