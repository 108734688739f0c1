import type { Resource, Template } from '../aws/stack-templates.ts';
import type { PriceName } from './prices.ts';
import type { Traffic } from './traffic.ts';

/** One thing that is paid for in a month. */
export interface Figure {
  readonly what: string;
  readonly price: PriceName;
  /** How many of what the price is for. */
  readonly quantity: number;
  /** How the quantity came about, in words. */
  readonly driver: string;
  /** Fixed: it costs that much as long as it stands, used or not. */
  readonly kind: 'fixed' | 'use';
}

export interface Context {
  readonly id: string;
  readonly template: Template;
  /** Of all stacks: some things are paid for once for several of them. */
  readonly templates: ReadonlyMap<string, Template>;
  readonly traffic: Traffic;
}

export type Properties = NonNullable<Resource['Properties']>;
export type Pricing = (properties: Properties, context: Context) => readonly Figure[];

export const count = (value: number): string => Math.round(value).toLocaleString('en-US');

/** `1 poller`, `2 pollers`. */
export const many = (value: number, what: string): string => `${value} ${what}${value === 1 ? '' : 's'}`;

/** What stands all month. */
export const always = (what: string, price: PriceName, quantity: number, driver: string): Figure => ({
  what,
  price,
  quantity,
  driver,
  kind: 'fixed',
});

/** What is paid by use. */
export const used = (what: string, price: PriceName, quantity: number, driver: string): Figure => ({
  what,
  price,
  quantity,
  driver,
  kind: 'use',
});
