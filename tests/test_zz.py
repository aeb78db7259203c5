import pytest
from tests.rights import *
from tests.web.test_routes import *
@pytest.mark.django_db
def test_org(built):
    rows = organization()
    names=('campaigns','analyses','process-impacts','peaks','claims','supplier-records','questionnaires')
    mine=[r for r in routes() if r.path.startswith('impact') or r.path.startswith('processimpact') or (r.table and r.table.name in names) or 'contest' in r.path or 'impact' in r.path]
    for role in (Role.ADMINISTRATOR, Role.FOCAL_POINT, Role.PROCESS_OWNER, Role.UNIT_HEAD):
        for asker in askers(role):
            account=account_of(asker)
            clients={True: client_of(account, by_token=True), False: client_of(account, by_token=False)}
            for r in mine:
                got=ask(clients[r.is_api], r, rows).status_code
                want=expected(r, asker)
                ok = not want or got in want
                print('' if ok else 'BAD', asker, r, got, want) if not ok else None
