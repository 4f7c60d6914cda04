/** Static checks of configurations. */
export { checkConfig, readAll, type CheckOptions, type CheckResult } from './check.ts';
export type { Finding, Rule, Severity } from './finding.ts';
export { lintConfig, type LintOptions, type LintResult } from './lint.ts';
export { readModel, type LintLabel, type LintModel, type LintOutput, type LintRule } from './model.ts';
export { rules } from './rules.ts';
