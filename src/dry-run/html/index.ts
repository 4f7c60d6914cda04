/** The dry run's report as a page. */
export { reportHtml } from './page.ts';
