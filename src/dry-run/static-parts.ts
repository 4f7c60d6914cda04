/** The parts of the report that come from the configuration and the totals alone: warnings, cost, permissions. */
import { lintConfig, readAll } from '../lint/index.ts';
import { estimateCost, type CostOptions, type LogClass } from './cost.ts';
import { iamPolicy } from './iam.ts';
import type { Rehearsed, Scene } from './rehearsal.ts';
import type { DryRunReport } from './report.ts';

/** The report with these parts. */
export async function addStaticParts(report: DryRunReport, scene: Scene, rehearsed: Rehearsed, prices?: CostOptions['prices']): Promise<DryRunReport> {
  const { files, early } = readAll(scene);
  const { findings, model } = await lintConfig(rehearsed.agent.view.config, { registry: scene.registry, files, early });
  const classes = new Map<number, LogClass>();
  for (const { plugin } of model.outputs) {
    const step = report.steps.find(({ kind, at }) => kind === 'output' && at.file === plugin.element.at.file && at.line === plugin.element.at.line && at.column === plugin.element.at.column);
    const logClass = plugin.config['log_group_class'];
    if (step && typeof logClass === 'string') classes.set(step.index, logClass as LogClass);
  }
  return {
    ...report,
    warnings: findings.map(({ id, severity, message, at, hint }) => ({ id, severity, message, at, hint })),
    cost: report.cloudwatch.groups.length === 0 ? null : estimateCost(report.cloudwatch, { classes, prices }),
    iam: iamPolicy(model.plugins, { region: process.env['AWS_REGION'] ?? process.env['AWS_DEFAULT_REGION'] }),
  };
}
