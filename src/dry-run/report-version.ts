/** Of the reports as JSON. Grows when a field changes its meaning or goes away; not when one is added. */
export const REPORT_VERSION = 1;
