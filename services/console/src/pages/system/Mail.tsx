import { useState, type ReactNode } from 'react';
import { Link } from 'react-router';

import { api, ask, type Schemas } from '../../api/client';
import type { Problem } from '../../api/problem';
import { useWords } from '../../i18n';
import { Action } from '../../parts/document/Action';
import { DocumentHead, Facts, Panel } from '../../parts/document/Document';
import { One } from '../../parts/document/One';
import { ProblemNote } from '../../parts/ProblemNote';
import { Moment, Named } from '../../parts/show';

type Mail = Schemas['workflow_MailView'];

const OFTEN_MS = 5_000;

function Body({ mail }: { mail: Mail }): ReactNode {
  const { value } = useWords();
  const [problem, setProblem] = useState<Problem | null>(null);
  return (
    <div className="page">
      <DocumentHead kind="nav.system.mails" number={mail.number} status={mail.status} of="mail">
        <Action
          primary
          title="mail.again"
          permission="workflow.mail.send"
          when={mail.status !== 'waiting'}
          version={0}
          number={mail.number}
          concerns={[['workflow', 'mails']]}
          onProblem={setProblem}
          send={({ 'Idempotency-Key': key }) =>
            ask(api.POST('/api/v1/workflow/mails/{mail}/send', { params: { path: { mail: mail.id }, header: { 'Idempotency-Key': key } } }))
          }
        />
      </DocumentHead>
      <ProblemNote problem={problem} />
      <Panel>
        <Facts
          facts={[
            { title: 'f.kind', value: value(mail.kind, 'mail') },
            {
              title: 'f.document',
              value: mail.document_type === 'sales.order' ? <Link to={`/sales/orders/${mail.document_id}`}>{mail.number}</Link> : mail.number,
            },
            { title: 'f.partner', value: <Named kind="customers" code={mail.partner} /> },
            { title: 'f.recipient', value: mail.recipient },
            { title: 'f.language', value: value(mail.language, 'language') },
            { title: 'f.reason', value: mail.reason_text },
            { title: 'f.attempts', value: mail.attempts },
            { title: 'f.mail_server', value: [mail.answer_code, mail.answer].filter(Boolean).join(' ') },
            { title: 'f.due_at', value: mail.due_at && <Moment value={mail.due_at} /> },
            { title: 'f.sent_at', value: mail.sent_at && <Moment value={mail.sent_at} /> },
            { title: 'f.message_id', value: mail.message_id && <code>{mail.message_id}</code> },
            { title: 'f.recorded_at', value: <Moment value={mail.recorded_at} /> },
          ]}
        />
      </Panel>
    </div>
  );
}

export default function MailPage(): ReactNode {
  return (
    <One
      permission="workflow.mail.read"
      queryKey={['workflow', 'mails']}
      often={OFTEN_MS}
      load={(mail) => ask(api.GET('/api/v1/workflow/mails/{mail}', { params: { path: { mail } } }))}
    >
      {(mail) => <Body mail={mail} />}
    </One>
  );
}
