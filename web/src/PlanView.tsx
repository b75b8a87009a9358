import {
  Badge, Body1, Button, Caption1, Dialog, DialogActions, DialogBody, DialogContent, DialogSurface, DialogTitle, DialogTrigger,
  Table, TableBody, TableCell, TableHeader, TableHeaderCell, TableRow, makeStyles, tokens,
} from '@fluentui/react-components'
import { plain } from './text'
import type { Plan } from './types'

const useStyles = makeStyles({
  wide: { overflowX: 'auto' },
  cell: { whiteSpace: 'normal', overflowWrap: 'anywhere', paddingTop: '8px', paddingBottom: '8px' },
  last: { width: '150px' },
  none: { color: tokens.colorStatusDangerForeground1, fontWeight: tokens.fontWeightSemibold },
  pair: { display: 'grid', gridTemplateColumns: '130px 1fr', gap: '8px 12px', overflowWrap: 'anywhere', margin: '12px 0' },
  key: { color: tokens.colorNeutralForeground2 },
  value: { margin: 0 },
  request: {
    fontFamily: tokens.fontFamilyMonospace, fontSize: tokens.fontSizeBase200, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere',
    backgroundColor: tokens.colorNeutralBackground3, borderRadius: tokens.borderRadiusMedium, padding: '12px',
  },
})

// target is what a plan is about: the person, and what is taken from them or given to them.
function target(p: Plan): string {
  return Object.values(p.inputs).map((v) => (typeof v === 'string' ? v : JSON.stringify(v))).join(', ')
}

const capital = (s: string) => s.charAt(0).toUpperCase() + s.slice(1)

// Undo says how a step is taken back; one that cannot be begins with the word None, in the colour of danger.
function Undo({ text }: { text: string }) {
  const s = useStyles()
  const [word, ...rest] = text.split(':')
  if (word !== 'none') return <>{plain(capital(text))}</>
  return <><span className={s.none}>None</span>{rest.length > 0 && `:${plain(rest.join(':'))}`}</>
}

// PlanView shows what the actions of a prompt would do: one row each, with the plan in full behind its button. Nothing here
// runs anything.
export function PlanView({ plans }: { plans: Plan[] }) {
  const s = useStyles()
  return (
    <div className={s.wide}>
      <Table size="small" aria-label="Plan" data-testid="plans">
        <TableHeader>
          <TableRow>
            <TableHeaderCell>What</TableHeaderCell>
            <TableHeaderCell>On</TableHeaderCell>
            <TableHeaderCell>Needs one of</TableHeaderCell>
            <TableHeaderCell>Undo</TableHeaderCell>
            <TableHeaderCell className={s.last} aria-label="Plan in full" />
          </TableRow>
        </TableHeader>
        <TableBody>
          {plans.map((p, i) => (
            <TableRow key={i} data-testid="plan">
              <TableCell className={s.cell}>{plain(capital(p.does))}</TableCell>
              <TableCell className={s.cell}>{plain(target(p))}</TableCell>
              <TableCell className={s.cell}>{plain(p.roles.join(', '))}</TableCell>
              <TableCell className={s.cell}><Undo text={p.undo} /></TableCell>
              <TableCell className={s.last}><PlanDialog plan={p} /></TableCell>
            </TableRow>
          ))}
        </TableBody>
      </Table>
    </div>
  )
}

const dangers: Record<Plan['danger'], 'danger' | 'warning' | 'informative'> = { high: 'danger', medium: 'warning', low: 'informative' }

function PlanDialog({ plan }: { plan: Plan }) {
  const s = useStyles()
  const rows: [string, React.ReactNode][] = [
    ['On', plain(target(plan))],
    ['Needs', plain(`one of the roles ${plan.roles.join(', ')}, and the permission ${plan.permission}`)],
    ['Undo', <Undo key="undo" text={plan.undo} />],
    ['Risk', plain(capital(plan.effectOnRisk))],
    ['Danger', <Badge key="danger" appearance="tint" color={dangers[plan.danger]}>{plan.danger}</Badge>],
  ]
  return (
    <Dialog>
      <DialogTrigger disableButtonEnhancement>
        <Button size="small" aria-label={`Review plan: ${plain(plan.does)}`}>Review plan…</Button>
      </DialogTrigger>
      <DialogSurface data-testid="plan-dialog">
        <DialogBody>
          <DialogTitle>Plan: {plain(plan.does)}</DialogTitle>
          <DialogContent>
            <Body1 block>Nothing has been done yet, and this program does not do it: a person with the role does it in the Entra admin center, or with this request to Microsoft Graph.</Body1>
            <dl className={s.pair}>
              {rows.map(([key, value]) => [
                <dt key={`${key}k`} className={s.key}><Caption1>{key}</Caption1></dt>,
                <dd key={`${key}v`} className={s.value}>{value}</dd>,
              ])}
            </dl>
            <div className={s.request} data-testid="request">{plain(plan.request)}</div>
          </DialogContent>
          <DialogActions>
            <Button onClick={() => void navigator.clipboard.writeText(plan.request)}>Copy request</Button>
            <DialogTrigger disableButtonEnhancement><Button appearance="primary">Close</Button></DialogTrigger>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  )
}
