// What stands in a place whose own drawing failed, so that the rest of the page goes on: in a room that is the rail, what
// waits, and the way to stop everything. Only a class can catch it.
import { Component, useEffect, useState, type ReactNode } from 'react';
import { isConnected, subscribe } from '../api/stream.ts';
import { Button } from './button.tsx';
import { Room } from './room.tsx';
import css from './room.module.css';

interface Props {
  /** When it changes, it is drawn anew. */
  readonly place: string;
  readonly children: ReactNode;
}

interface State {
  readonly place: string;
  readonly error: unknown;
  readonly fell: boolean;
}

export class Catch extends Component<Props, State> {
  override state: State = { place: this.props.place, error: null, fell: false };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error, fell: true };
  }

  static getDerivedStateFromProps({ place }: Props, before: State): State | null {
    return place === before.place ? null : { place, error: null, fell: false };
  }

  override render(): ReactNode {
    return this.state.fell ? <Fallen error={this.state.error} /> : this.props.children;
  }
}

/** A room's code comes when it is first opened: without a server it can't, and comes when that is back. */
function Fallen({ error }: { readonly error: unknown }): ReactNode {
  const [alone] = useState(() => !isConnected() || /preload|dynamically imported|Importing a module/i.test(error instanceof Error ? error.message : ''));
  useEffect(() => {
    if (!alone) return undefined;
    return subscribe((news) => news.kind === 'state' && news.connected && location.reload());
  }, [alone]);
  return (
    <Room title="Not shown">
      <div className={css['fault']} role="alert">
        <p>{alone ? 'This room could not be fetched from the workbench.' : 'Something in this page failed, so it can’t be shown.'}</p>
        <p className={css['quiet']}>{alone ? 'It opens by itself when the server answers again.' : 'Nothing was done by that. What you wrote is kept; reload the page, or go to another room.'}</p>
        <Button onClick={() => location.reload()}>Reload the page</Button>
      </div>
    </Room>
  );
}
