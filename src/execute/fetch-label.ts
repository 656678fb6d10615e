// What came from a server is from outside, whatever it is: its page, its errors, its status. Who asks for it has no secret
// with it, so it is open.
import type { Fetch } from '../model/action.ts';
import { label, type Label } from '../model/label.ts';

export function fetchLabel({ url }: Fetch): Label {
  return label('outside', 'open', `fetch:${url}`);
}
