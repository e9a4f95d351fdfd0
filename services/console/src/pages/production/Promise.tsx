import { Button } from 'antd';
import { useState, type ReactNode } from 'react';

import { Allowed } from '../../app/Ends';
import { api, ask, type Schemas } from '../../api/client';
import { useCompanyCode } from '../../api/company';
import { useWords } from '../../i18n';
import { useCommand } from '../../parts/command';
import { Facts, Panel } from '../../parts/document/Document';
import { Fields, given, pointersOf, type FieldSpec, type FieldValues } from '../../parts/entry/Fields';
import { ProblemNote } from '../../parts/ProblemNote';
import { ItemName, Quantity } from '../../parts/show';
import { Tree } from '../../parts/Tree';
import { WordCell } from '../../parts/words';

type Answer = Schemas['production_PromiseView'];
type Reason = Schemas['production_ReasonView'];

const fields: FieldSpec[] = [
  { name: 'item', title: 'f.item', kind: 'lookup', of: 'items', need: true },
  { name: 'quantity', title: 'f.quantity', kind: 'decimal', need: true },
  { name: 'wanted', title: 'f.wanted', kind: 'date' },
  { name: 'warehouse', title: 'f.warehouse', kind: 'lookup', of: 'warehouses' },
];

function Found({ answer }: { answer: Answer }): ReactNode {
  const { t } = useWords();
  return (
    <>
      <Panel>
        <Facts
          facts={[
            {
              title: 'making.promised', big: true,
              value: (
                <>
                  {answer.date ?? t('making.never')}{' '}
                  {answer.date && answer.wanted && (
                    <span className={`tag ${answer.on_time ? 'tag-good' : 'tag-bad'}`}>{t(answer.on_time ? 'making.onTime' : 'making.lateBy')}</span>
                  )}
                </>
              ),
            },
            { title: 'f.item', value: <ItemName code={answer.item} /> },
            { title: 'f.quantity', value: <Quantity value={answer.quantity} /> },
            { title: 'f.wanted', value: answer.wanted },
            { title: 'f.available', value: answer.wanted ? <Quantity value={answer.available_by_wanted} /> : null },
          ]}
        />
      </Panel>
      {answer.reasons.length > 0 && (
        <Panel title="making.reasons">
          <Tree<Reason>
            label="making.reasons"
            roots={answer.reasons}
            open={9}
            keyOf={(reason) => `${reason.kind}/${reason.item}/${reason.reference}`}
            below={(reason) => reason.children}
            columns={[
              { title: 'f.item', cell: (reason) => <ItemName code={reason.item} /> },
              { title: 'f.kind', cell: (reason) => <WordCell word={reason.kind} of="making" /> },
              { title: 'f.quantity', numeric: true, cell: (reason) => <Quantity value={reason.quantity} /> },
              { title: 'f.start_date', cell: (reason) => reason.start_date },
              { title: 'f.ready_date', cell: (reason) => reason.ready_date },
              { title: 'f.document', cell: (reason) => reason.reference },
            ]}
          />
        </Panel>
      )}
      {answer.earlier.length > 0 && (
        <Panel title="making.earlier">
          <ul className="links">
            {answer.earlier.map((lever, index) => (
              <li key={index}>
                <span className="tag">
                  <WordCell word={lever.kind} of="making" />
                </span>
                <span className="grow">{lever.item && <ItemName code={lever.item} />}</span>
                <span className="quiet">{t('making.savesDays', { count: lever.saves_days })}</span>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}

function Page(): ReactNode {
  const { t } = useWords();
  const company = useCompanyCode();
  const [values, setValues] = useState<FieldValues>({});
  const [answer, setAnswer] = useState<Answer | null>(null);
  const find = useCommand<FieldValues, Answer>(
    (input, header) =>
      ask(api.POST('/api/v1/production/promises', {
        params: { header }, body: { ...given<Schemas['production_PromiseIn']>(input), company },
      })),
    { onDone: setAnswer },
  );
  return (
    <form
      className="page"
      onSubmit={(event) => {
        event.preventDefault();
        setAnswer(null);
        void find.run(values);
      }}
    >
      <div className="page-head">
        <h1>{t('nav.production.promise')}</h1>
        <div className="actions">
          <Button type="primary" htmlType="submit" loading={find.busy}>
            {t('making.ask')}
          </Button>
        </div>
      </div>
      <ProblemNote problem={find.problem} shown={pointersOf(fields)} />
      <Panel>
        <div className="form">
          <Fields fields={fields} values={values} problem={find.problem} onChange={(name, value) => setValues((now) => ({ ...now, [name]: value }))} />
        </div>
      </Panel>
      {answer && <Found answer={answer} />}
    </form>
  );
}

export default function PromisePage(): ReactNode {
  return (
    <Allowed permission="production.plan.read">
      <Page />
    </Allowed>
  );
}
