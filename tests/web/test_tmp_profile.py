import time, json
from collections import defaultdict
from tests.rights import *
from holdfast.organization.accounts.roles import Role


def test_profile(db, tmp_path):
    t = time.process_time()
    rows = organization()
    print("setup", time.process_time() - t)
    out = []
    asker = [a for a in askers(Role.ADMINISTRATOR) if a.scope == "whole organisation"][0]
    account = account_of(asker)
    program, browser = client_of(account, by_token=True), client_of(account, by_token=False)
    for route in routes():
        t = time.process_time()
        r = ask(program if route.is_api else browser, route, rows)
        d = time.process_time() - t
        out.append((d, str(route), r.status_code))
    out.sort(reverse=True)
    open("/tmp/profile9.json", "w").write(json.dumps(out))
    print(len(out), sum(o[0] for o in out))
