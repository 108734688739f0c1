import type { Resource, Template } from '../aws/synthesise-templates.ts';
import type { PriceName } from './prices.ts';
import type { Traffic } from './traffic-assumptions.ts';

/** One item of the monthly bill. */
export interface Figure {
  readonly what: string;
  readonly price: PriceName;
  /** Number of priced units. */
  readonly quantity: number;
  /** Explanation of the quantity. */
  readonly driver: string;
  /** `fixed` costs accrue while the resource exists; `use` costs follow the traffic. */
  readonly kind: 'fixed' | 'use';
}

export interface Context {
  readonly id: string;
  readonly template: Template;
  /** Templates of all stacks, because stacks share some resources. */
  readonly templates: ReadonlyMap<string, Template>;
  readonly traffic: Traffic;
}

export type Properties = NonNullable<Resource['Properties']>;
export type Pricing = (properties: Properties, context: Context) => readonly Figure[];

/** Formats a number with its noun, such as `1 poller` or `2 pollers`. */
export const counted = (value: number, what: string): string => `${value} ${what}${value === 1 ? '' : 's'}`;

/** Returns a fixed cost. */
export const always = (what: string, price: PriceName, quantity: number, driver: string): Figure => ({
  what,
  price,
  quantity,
  driver,
  kind: 'fixed',
});

/** Returns a cost by use. */
export const used = (what: string, price: PriceName, quantity: number, driver: string): Figure => ({
  what,
  price,
  quantity,
  driver,
  kind: 'use',
});
