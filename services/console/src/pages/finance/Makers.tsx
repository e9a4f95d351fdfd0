import { Fragment, type ReactNode } from 'react';

import { Actor } from '../../parts/Actor';

/** Who wrote a draft, by their names. */
export const Makers = ({ subjects }: { subjects: readonly string[] }): ReactNode =>
  subjects.map((subject, index) => (
    <Fragment key={subject}>
      {index > 0 && ', '}
      <Actor subject={subject} />
    </Fragment>
  ));
