/** All rules, in the order of the documentation. */
import type { Check, Rule } from './finding.ts';
import { costChecks } from './rules/cost.ts';
import { kubernetesChecks } from './rules/kubernetes.ts';
import { routingChecks } from './rules/routing.ts';
import { safetyChecks } from './rules/safety.ts';
import { readingRules, valueChecks } from './rules/values.ts';

/** Rules that look at the model. */
export const checks: readonly Check[] = [...routingChecks, ...safetyChecks, ...kubernetesChecks, ...costChecks, ...valueChecks];

/** Every rule that there is. */
export const rules: readonly Rule[] = [...checks, ...Object.values(readingRules)];
