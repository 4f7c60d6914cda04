/** Grok patterns: versions of Maven. */
const raw = String.raw;

/** Pattern by name. */
export const MAVEN_PATTERNS: Readonly<Record<string, string>> = {
  MAVEN_VERSION: raw`(?:(\d+)\.)?(?:(\d+)\.)?(\*|\d+)(?:[.-](RELEASE|SNAPSHOT))?`,
};
