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
  /** Page that has the figures, and the day of which they are. */
  readonly source: string;
  readonly date: string;
}

/** The day of which the prices are. */
export const PRICES_DATE = '2025-04-30';

/**
 * A table of all regions by an adviser on AWS costs. It has the figures of us-east-1 for il-central-1, mx-central-1, ap-southeast-5
 * and ap-southeast-7, which may stand in for unknown ones: those regions are left out here.
 */
const TABLE = 'https://github.com/DuckbillGroup/CloudWatchCashBack/blob/3e7522915d0291144870a5e501de375355305a93/cloudwatch_pricing.json';

/** By region. */
export const PRICES: Readonly<Record<string, PriceEntry>> = {
  'af-south-1': { ingestion: 0.678, ingestionInfrequent: 0.339, storage: 0.036, source: TABLE, date: PRICES_DATE },
  'ap-east-1': { ingestion: 0.8, ingestionInfrequent: 0.4, storage: 0.03, source: TABLE, date: PRICES_DATE },
  'ap-northeast-1': { ingestion: 0.76, ingestionInfrequent: 0.38, storage: 0.033, source: TABLE, date: PRICES_DATE },
  'ap-northeast-2': { ingestion: 0.76, ingestionInfrequent: 0.38, storage: 0.0314, source: TABLE, date: PRICES_DATE },
  'ap-northeast-3': { ingestion: 0.76, ingestionInfrequent: 0.38, storage: 0.033, source: TABLE, date: PRICES_DATE },
  'ap-south-1': { ingestion: 0.67, ingestionInfrequent: 0.335, storage: 0.03, source: TABLE, date: PRICES_DATE },
  'ap-south-2': { ingestion: 0.67, ingestionInfrequent: 0.335, storage: 0.03, source: TABLE, date: PRICES_DATE },
  'ap-southeast-1': { ingestion: 0.7, ingestionInfrequent: 0.35, storage: 0.03, source: TABLE, date: PRICES_DATE },
  'ap-southeast-2': { ingestion: 0.67, ingestionInfrequent: 0.335, storage: 0.033, source: TABLE, date: PRICES_DATE },
  'ap-southeast-3': { ingestion: 0.7, ingestionInfrequent: 0.35, storage: 0.03, source: TABLE, date: PRICES_DATE },
  'ap-southeast-4': { ingestion: 0.67, ingestionInfrequent: 0.335, storage: 0.033, source: TABLE, date: PRICES_DATE },
  'ca-central-1': { ingestion: 0.55, ingestionInfrequent: 0.275, storage: 0.033, source: TABLE, date: PRICES_DATE },
  'ca-west-1': { ingestion: 0.55, ingestionInfrequent: 0.275, storage: 0.033, source: TABLE, date: PRICES_DATE },
  'eu-central-1': { ingestion: 0.63, ingestionInfrequent: 0.315, storage: 0.0324, source: TABLE, date: PRICES_DATE },
  'eu-central-2': { ingestion: 0.69, ingestionInfrequent: 0.345, storage: 0.0356, source: TABLE, date: PRICES_DATE },
  'eu-north-1': { ingestion: 0.54, ingestionInfrequent: 0.27, storage: 0.028, source: TABLE, date: PRICES_DATE },
  'eu-south-1': { ingestion: 0.6, ingestionInfrequent: 0.3, storage: 0.032, source: TABLE, date: PRICES_DATE },
  'eu-south-2': { ingestion: 0.57, ingestionInfrequent: 0.285, storage: 0.03, source: TABLE, date: PRICES_DATE },
  'eu-west-1': { ingestion: 0.57, ingestionInfrequent: 0.285, storage: 0.03, source: TABLE, date: PRICES_DATE },
  'eu-west-2': { ingestion: 0.5985, ingestionInfrequent: 0.299, storage: 0.0315, source: TABLE, date: PRICES_DATE },
  'eu-west-3': { ingestion: 0.5985, ingestionInfrequent: 0.299, storage: 0.0315, source: TABLE, date: PRICES_DATE },
  'me-central-1': { ingestion: 0.63, ingestionInfrequent: 0.315, storage: 0.033, source: TABLE, date: PRICES_DATE },
  'me-south-1': { ingestion: 0.63, ingestionInfrequent: 0.315, storage: 0.03, source: TABLE, date: PRICES_DATE },
  'sa-east-1': { ingestion: 0.9, ingestionInfrequent: 0.45, storage: 0.0408, source: TABLE, date: PRICES_DATE },
  'us-east-1': { ingestion: 0.5, ingestionInfrequent: 0.25, storage: 0.03, source: TABLE, date: PRICES_DATE },
  'us-east-2': { ingestion: 0.5, ingestionInfrequent: 0.25, storage: 0.03, source: TABLE, date: PRICES_DATE },
  'us-west-1': { ingestion: 0.67, ingestionInfrequent: 0.335, storage: 0.033, source: TABLE, date: PRICES_DATE },
  'us-west-2': { ingestion: 0.5, ingestionInfrequent: 0.25, storage: 0.03, source: TABLE, date: PRICES_DATE },
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
