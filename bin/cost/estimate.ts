import { BrickError } from '#domain/core/errors.ts';
import type { Template } from '../aws/stack-templates.ts';
import { type Ceiling, ceilingsOf } from './price-ceilings.ts';
import type { Figure } from './price-figure.ts';
import { PRICES } from './prices.ts';
import { isKnown, PRICED } from './resources.ts';
import { type Traffic, trafficOf } from './traffic.ts';

type Templates = ReadonlyMap<string, Template>;

const GROWTH = 10;

export class UnknownCost extends BrickError {
  override readonly code = 'BRICK_UNKNOWN_COST';
  constructor(type: string, where: string) {
    super({
      what: `it is not known what a ${type} costs`,
      why: `${where} is one, and bin/cost/resources.ts says neither how it is priced nor that it is free`,
      fix: 'Add the type to one of the two tables there',
    });
  }
}

interface Line extends Figure {
  /** US dollars a month. */
  readonly monthly: number;
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
  /** What the sizes in the templates allow, beside what this traffic needs, and ten times of it. */
  readonly ceilings: readonly Ceiling[];
}

/** What the stacks cost in a month, each figure with what drives it. @throws UnknownCost */
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

/** The same figures in the same order, whatever the traffic. */
function figuresOf(brick: string, templates: Templates, traffic: Traffic): Figure[] {
  const template = templates.get(brick) ?? { Resources: {} };
  return Object.entries(template.Resources).flatMap(([id, { Type, Properties = {} }]) => {
    if (!isKnown(Type)) throw new UnknownCost(Type, `${brick}/${id}`);
    return [...(PRICED[Type]?.(Properties, { id, template, templates, traffic }) ?? [])];
  });
}

const usd = ({ price, quantity }: Figure): number => PRICES[price].usd * quantity;
const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
