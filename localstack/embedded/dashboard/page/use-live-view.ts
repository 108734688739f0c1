import { useEffect, useState } from 'preact/hooks';
import type { HourPoint, LiveMessage, LiveView } from '../live-message-types.ts';

const KEPT_HOURS = 672;
const NOTHING: LiveView = {
  ...{
    hours: [],
    runs: [],
    champion: null,
    twins: null,
    progress: null,
    agents: [],
    scenarios: [],
    learnersCode: [],
    waiting: [],
    paused: null,
  },
};

export type Link = 'connecting' | 'live' | 'lost';

/** Returns the view after one message. */
export function applied(view: LiveView, message: LiveMessage): LiveView {
  switch (message.kind) {
    case 'view':
      return message.view;
    case 'hour':
      return { ...view, hours: withHour(view.hours, message.point), agents: message.agents };
    case 'change':
      return { ...view, ...message.change };
  }
}

const withHour = (hours: readonly HourPoint[], point: HourPoint) =>
  [...hours.filter(({ hour }) => hour < point.hour), point].slice(-KEPT_HOURS);

/** Follows `GET /v1/live`. After a disconnection, the browser reconnects automatically and receives the complete view again. */
export function useLive(): { readonly view: LiveView; readonly link: Link } {
  const [view, setView] = useState(NOTHING);
  const [link, setLink] = useState<Link>('connecting');
  useEffect(() => {
    const source = new EventSource('/v1/live');
    source.onopen = () => setLink('live');
    source.onerror = () => setLink('lost');
    source.onmessage = ({ data }) => setView((before) => applied(before, JSON.parse(String(data)) as LiveMessage));
    return () => source.close();
  }, []);
  return { view, link };
}
