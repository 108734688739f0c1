import { BrickError } from '#domain/core/brick-error.ts';
import type { Template } from '../aws/synthesise-templates.ts';
import type { Figure } from './bill-item-types-and-constructors.ts';
import { type Ceiling, ceilingsOf } from './compare-capacity-with-demand.ts';
import { isKnown, PRICED } from './price-by-resource-type.ts';
import { PRICES } from './prices.ts';
import { type Traffic, trafficOf } from './traffic-assumptions.ts';

type Templates = ReadonlyMap<string, Template>;

/** Traffic of the second estimate, as a multiple of the first. */
const GROWTH = 10;

class PriceUnknown extends BrickError {
  override readonly code = 'BRICK_UNKNOWN_COST';
  constructor(type: string, where: string) {
    super({
      what: `the price of ${where}, a ${type}, is unknown`,
      why: 'bin/cost/price-by-resource-type.ts contains no price for this resource type, and does not list it as free',
      fix: 'Add the type to one of the two tables in this file',
    });
  }
}

interface Line extends Figure {
  /** US dollars per month. */
  readonly monthly: number;
  /** US dollars per month at ten times the traffic. */
  readonly atTenfold: number;
}

export interface BrickCost {
  readonly brick: string;
  readonly fixed: number;
  readonly use: number;
  readonly atTenfold: number;
  readonly lines: readonly Line[];
}

export interface Estimate {
  readonly people: number;
  readonly bricks: readonly BrickCost[];
  readonly total: Pick<BrickCost, 'fixed' | 'use' | 'atTenfold'>;
  /** Capacities in the templates, compared with the demand of this traffic and of ten times this traffic. */
  readonly ceilings: readonly Ceiling[];
}

/** Estimates the monthly cost of each stack, with the quantity that determines each cost item. @throws PriceUnknown */
export function estimate(
  templates: Templates,
  { people, profile }: { readonly people: number; readonly profile: 'learner' | 'production' },
): Estimate {
  const [now, tenfold] = [trafficOf(people, profile), trafficOf(people * GROWTH, profile)];
  const bricks = [...templates.keys()].map((brick) => costOf(brick, templates, now, tenfold));
  const total = (of: 'fixed' | 'use' | 'atTenfold') => sum(bricks.map((cost) => cost[of]));
  return {
    people,
    bricks,
    total: { fixed: total('fixed'), use: total('use'), atTenfold: total('atTenfold') },
    ceilings: [...templates].flatMap(([brick, template]) => ceilingsOf(brick, template, now, tenfold)),
  };
}

function costOf(brick: string, templates: Templates, now: Traffic, tenfold: Traffic): BrickCost {
  const figures = figuresOf(brick, templates, now);
  const later = figuresOf(brick, templates, tenfold);
  const lines = figures
    .map((figure, i) => ({ ...figure, monthly: usd(figure), atTenfold: usd(later[i] ?? figure) }))
    .sort((a, b) => b.monthly - a.monthly);
  const monthly = (kind: Figure['kind']) => sum(lines.filter((line) => line.kind === kind).map((line) => line.monthly));
  return {
    brick,
    fixed: monthly('fixed'),
    use: monthly('use'),
    atTenfold: sum(lines.map((line) => line.atTenfold)),
    lines,
  };
}

/** Returns a stack's cost items. Their number and order do not depend on the traffic. */
function figuresOf(brick: string, templates: Templates, traffic: Traffic): Figure[] {
  const template = templates.get(brick) ?? { Resources: {} };
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) => {
    if (!isKnown(Type)) throw new PriceUnknown(Type, `${brick}/${id}`);
    return [...(PRICED[Type]?.(Properties, { id, template, templates, traffic }) ?? [])];
  });
}

const usd = ({ price, quantity }: Figure): number => PRICES[price].usd * quantity;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
