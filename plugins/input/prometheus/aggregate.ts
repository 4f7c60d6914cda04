/** Pages of several workers as one: the samples of a name stand together, under the comments of the first page that has it. */

interface Family {
  readonly comments: string[];
  readonly samples: string[];
}

/** Joins pages in Prometheus' text format. */
export function aggregatePages(pages: readonly string[]): string {
  const families = new Map<string, Family>();
  for (const page of pages) {
    let family: Family | undefined;
    let name = '';
    let isNew = false;
    for (const line of page.split('\n')) {
      if (line === '') continue;
      if (!line.startsWith('#')) {
        family?.samples.push(line);
        continue;
      }
      const [, what, of] = line.split(' ');
      if ((what !== 'HELP' && what !== 'TYPE') || of === undefined) continue;
      if (of !== name) {
        name = of;
        family = families.get(name);
        isNew = family === undefined;
        if (!family) families.set(name, (family = { comments: [], samples: [] }));
      }
      if (isNew) family!.comments.push(line);
    }
  }
  const lines = [...families.values()].flatMap(({ comments, samples }) => [...comments, ...samples]);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
