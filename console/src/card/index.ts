// The card: what a person looks at before they say yes, and looks back at after.
export { ActionCard } from './card.tsx';
export { CardById, cardQuery, useCardAhead, useHolds } from './by-id.tsx';
