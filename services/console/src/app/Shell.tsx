import { LogoutOutlined, MenuOutlined, QuestionCircleOutlined, SafetyOutlined, SearchOutlined, UserOutlined } from '@ant-design/icons';
import { Alert, Button, Drawer, Dropdown, Select, Tooltip } from 'antd';
import { useEffect, useState, type ReactNode } from 'react';
import { NavLink, Outlet, useLocation, useNavigate, useNavigation } from 'react-router';

import { choose, useCompanies, useCompany } from '../api/company';
import { useLive } from '../api/live';
import { useMay, useRightsQuery } from '../api/rights';
import { signOut } from '../api/session';
import { useWords } from '../i18n';
import { ProblemNote } from '../parts/ProblemNote';
import { problemOf } from '../api/problem';
import mark from '../mark.svg';
import { FLOORS } from './navigation';
import { LanguageButton, ShadeButton } from './Preferences';
import { Commands } from './Commands';
import { ShortcutHelp } from './ShortcutHelp';
import { useShortcuts } from './shortcuts';

function Menu(): ReactNode {
  const { t } = useWords();
  const may = useMay();
  return (
    <nav className="nav" aria-label={t('nav.menu')}>
      <NavLink to="/" end>
        {t('nav.home')}
      </NavLink>
      {FLOORS.map((floor) => {
        const rooms = floor.rooms.filter((room) => may(room.permission));
        if (rooms.length === 0) return null;
        return (
          <section key={floor.title}>
            <h2>{t(floor.title)}</h2>
            {rooms.map((room) => (
              <NavLink key={room.path} to={room.path}>
                {t(room.title)}
              </NavLink>
            ))}
          </section>
        );
      })}
    </nav>
  );
}

function CompanySwitch(): ReactNode {
  const { t, either } = useWords();
  const companies = useCompanies();
  const company = useCompany();
  if (!company) return null;
  return (
    <Select
      className="company"
      variant="borderless"
      aria-label={t('shell.company')}
      value={company.code}
      onChange={choose}
      popupMatchSelectWidth={false}
      options={companies.map((each) => ({
        value: each.code,
        label: each.name === each.code ? each.code : `${each.code} ${either(each.name, each.nameEn)}`,
      }))}
    />
  );
}

function LiveDot(): ReactNode {
  const { t } = useWords();
  const state = useLive();
  return (
    <Tooltip title={t(`shell.${state}`)}>
      <span className={`live live-${state}`} role="status" aria-label={t(`shell.${state}`)} />
    </Tooltip>
  );
}

function Account(): ReactNode {
  const { t } = useWords();
  const { data } = useRightsQuery();
  const navigate = useNavigate();
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'account', icon: <SafetyOutlined />, label: t('nav.system.account'), onClick: () => void navigate('/account') },
          { key: 'out', icon: <LogoutOutlined />, label: t('sign.out'), onClick: () => void signOut() },
        ],
      }}
    >
      <Button type="text" icon={<UserOutlined />} aria-label={`${t('shell.account')} ${data?.name ?? ''}`} data-testid="account">
        <span className="wide-only">{data?.name}</span>
      </Button>
    </Dropdown>
  );
}

export function Shell(): ReactNode {
  const { t } = useWords();
  const rights = useRightsQuery();
  const navigate = useNavigate();
  const moving = useNavigation().state === 'loading';
  const { pathname } = useLocation();
  const [searching, setSearching] = useState(false);
  const [helping, setHelping] = useState(false);
  const [menu, setMenu] = useState(false);

  useShortcuts({
    search: () => setSearching(true),
    help: () => setHelping(true),
    go: (path) => void navigate(path),
  });
  useEffect(() => setMenu(false), [pathname]);

  return (
    <div className="shell">
      <a className="skip" href="#content">
        {t('app.skip')}
      </a>
      <header className="bar">
        <Button
          className="narrow-only"
          type="text"
          icon={<MenuOutlined />}
          aria-label={t('nav.menu')}
          onClick={() => setMenu(true)}
        />
        <NavLink to="/" className="brand" aria-label={t('app.name')}>
          <img src={mark} alt="" width={26} height={26} />
          <span>{t('app.name')}</span>
        </NavLink>
        <CompanySwitch />
        <button type="button" className="find" onClick={() => setSearching(true)} data-testid="find">
          <SearchOutlined />
          <span>{t('shell.search.short')}</span>
          <kbd>Ctrl K</kbd>
        </button>
        <span className="grow" />
        <LiveDot />
        <span className="wide-only">
          <LanguageButton />
          <ShadeButton />
          <Button
            type="text"
            icon={<QuestionCircleOutlined />}
            aria-label={t('shell.shortcuts')}
            onClick={() => setHelping(true)}
          />
        </span>
        <Account />
      </header>
      <aside className="side">
        <Menu />
      </aside>
      <Drawer open={menu} onClose={() => setMenu(false)} placement="left" size={264} className="side-drawer">
        <Menu />
        <div className="side-tools">
          <LanguageButton />
          <ShadeButton />
        </div>
      </Drawer>
      <main id="content" data-path={pathname} className="content" tabIndex={-1} aria-busy={moving}>
        {rights.isError && (
          <div className="page">
            <ProblemNote problem={problemOf(rights.error)} />
            <Button onClick={() => void rights.refetch()}>{t('do.retry')}</Button>
          </div>
        )}
        {rights.data && rights.data.missing.length > 0 && (
          <Alert banner type="warning" title={t('shell.missing', { names: rights.data.missing.join(', ') })} />
        )}
        {rights.data && <Outlet />}
      </main>
      {searching && <Commands onClose={() => setSearching(false)} />}
      {helping && <ShortcutHelp onClose={() => setHelping(false)} />}
    </div>
  );
}
