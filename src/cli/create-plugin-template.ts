/** What `logferry create-plugin` knows of each kind of plugin, and what the configurations of several have in common. */

/** The beginnings of one plugin. */
export interface PluginTemplate {
  /** What it does, for the README. */
  readonly doc: string;
  /** The module with the definition. */
  readonly source: string;
  /** The body of its test, within node:test; `tried` makes the plugin. */
  readonly test: string;
  /** A whole configuration in which it works. */
  readonly config: string;
}

/** An input that everybody has. */
export const SAMPLE = `<source>
  @type sample
  tag demo
  rate 1
  sample {"message":"hello"}
</source>
`;

/** An output that shows what arrives. */
export const SHOW = `<match **>
  @type stdout
</match>
`;
