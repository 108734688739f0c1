import type { IConstruct } from 'constructs';
import type { ContainerService } from '../compute/route-target-types.ts';

/** Returns the link for the container route of a function. */
type LinkOf<Link> = (name: string, service: ContainerService) => Link;

/**
 * Returns a function that creates the links of one API and reuses them. The first link has the id that it also has if it is the
 * only one, so that another route does not replace it.
 *
 * @param partsOf returns the constructs that a link belongs to: services with the same ones share it
 */
export function vpcLinks<Link>(
  partsOf: (service: ContainerService) => readonly IConstruct[],
  create: (id: string, service: ContainerService) => Link,
): LinkOf<Link> {
  const links = new Map<string, Link>();
  return (name, service) => {
    const key = partsOf(service)
      .map(({ node }) => node.addr)
      .sort()
      .join();
    const link = links.get(key) ?? create(links.size === 0 ? 'VpcLink' : `${name}VpcLink`, service);
    links.set(key, link);
    return link;
  };
}
