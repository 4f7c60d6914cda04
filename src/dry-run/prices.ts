/**
 * Prices of CloudWatch Logs, USD, without free tiers and discounts. What AWS charges now is on
 * https://aws.amazon.com/cloudwatch/pricing/ ; regions that are not here count as us-east-1, and the report says so.
 */

/** What is charged in a region. */
export interface LogPrices {
  /** For a gigabyte that is taken in, into groups of the class STANDARD. */
  readonly ingestion: number;
  /** The same for the class INFREQUENT_ACCESS. */
  readonly ingestionInfrequent: number;
  /** For a gigabyte, compressed, that is kept for a month. */
  readonly storage: number;
}

export interface PriceEntry extends LogPrices {
  /** Page that has the figures (half the price for infrequent access where it does not say), and when it was read. */
  readonly source: string;
  readonly date: string;
}

/** By region. */
export const PRICES: Readonly<Record<string, PriceEntry>> = {
  'us-east-1': { ingestion: 0.5, ingestionInfrequent: 0.25, storage: 0.03, source: 'https://c3x.dev/blog/cloudwatch-logs-cost-optimization', date: '2026-11' },
  'ap-northeast-1': { ingestion: 0.76, ingestionInfrequent: 0.38, storage: 0.033, source: 'https://awsi.click/en/articles/cloudwatch-logs-cost-structure-surprise/', date: '2026-11' },
};

/** Stands for regions that are not in the table. */
export const FALLBACK_REGION = 'us-east-1';

/** The page that has all current prices. */
export const PRICING_PAGE = 'https://aws.amazon.com/cloudwatch/pricing/';

const NAMES = { ingestion: 'ingestion', 'ingestion-infrequent': 'ingestionInfrequent', storage: 'storage' } as const;

/** `ingestion=0.57` and so on, as given to `--price`. Throws an Error that says what is wrong. */
export function parsePrices(texts: readonly string[]): Partial<LogPrices> {
  const found: Partial<Record<keyof LogPrices, number>> = {};
  for (const text of texts) {
    const [, name, value] = /^([a-z-]+)=(\d+(?:\.\d+)?)$/.exec(text) ?? [];
    if (name === undefined || !Object.hasOwn(NAMES, name))
      throw new Error(`--price: expected ${Object.keys(NAMES).join('=USD, ')}=USD, such as ingestion=0.57, found '${text}'`);
    found[NAMES[name as keyof typeof NAMES]] = Number(value);
  }
  return found;
}
