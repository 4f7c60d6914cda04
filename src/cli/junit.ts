/** Results of tests as JUnit's XML, which CI systems read. */

export interface JunitCase {
  readonly name: string;
  /** File that it stands in. */
  readonly file: string;
  readonly line: number;
  readonly seconds: number;
  /** undefined: it passed. */
  readonly failure: string | undefined;
}

/** One suite for each file. */
export function junitXml(cases: readonly JunitCase[]): string {
  const files = [...new Set(cases.map(({ file }) => file))];
  const suites = files.map((file) => {
    const own = cases.filter((one) => one.file === file);
    return `  <testsuite ${counts(own)} name="${escaped(file)}">\n${own.map(caseXml).join('')}  </testsuite>\n`;
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${counts(cases)} name="logferry test">\n${suites.join('')}</testsuites>\n`;
}

function counts(cases: readonly JunitCase[]): string {
  const seconds = cases.reduce((sum, one) => sum + one.seconds, 0);
  return `tests="${cases.length}" failures="${cases.filter(({ failure }) => failure !== undefined).length}" errors="0" time="${seconds.toFixed(3)}"`;
}

function caseXml({ name, file, line, seconds, failure }: JunitCase): string {
  const head = `    <testcase name="${escaped(name)}" classname="${escaped(file)}" file="${escaped(file)}" line="${line}" time="${seconds.toFixed(3)}"`;
  if (failure === undefined) return `${head}/>\n`;
  return `${head}>\n      <failure message="${escaped(failure.split('\n', 1)[0]!)}">${escaped(failure)}</failure>\n    </testcase>\n`;
}

/** Characters that XML does not have are left out. */
function escaped(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is not allowed
  return text.toWellFormed().replace(/[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '').replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
    .replace(/"/g, '&quot;').replace(/\n(?=[^<]*"$)/g, '&#10;');
}
