from tests.browser.test_every_page import open_state, odd_account, STATES, PAGES, LONG
from numberpools.domain.pools import PoolChanges, Fallback
def test_zz(open_state, open_page, service, odd_account, stores) -> None:
    import pathlib
    out=pathlib.Path("/tmp/shots")
    for scheme,w in (("light",1280),("dark",390),("light",390)):
        page=open_page(color_scheme=scheme,viewport={"width":w,"height":800})
        for n,(addr,act) in STATES.items():
            page.goto(service.url+addr.format_map(odd_account)); act(page); page.wait_for_timeout(400)
            page.screenshot(path=out/f"st-{n.replace(', ','-').replace(' ','-')}_{scheme}_{w}.png",full_page=True)
        page.goto(service.url+PAGES["pools"].format_map(odd_account)); page.locator("summary").press("Enter"); page.screenshot(path=out/f"st-menu_{scheme}_{w}.png")
        page.goto(service.url+PAGES["pool"].format_map(odd_account)); 
        acc=odd_account["account"].split("/")[-1]
        p=stores.of(acc).get_pool(LONG)
        stores.of(acc).update_pool(LONG,PoolChanges(fallback=Fallback.POOL if p.fallback!=Fallback.POOL else Fallback.REJECT, predictable_sender_preferred=not p.predictable_sender_preferred))
        page.get_by_label("The message's own").check(); page.get_by_role("button",name="Save").click(); page.wait_for_timeout(600)
        page.screenshot(path=out/f"st-conflict_{scheme}_{w}.png",full_page=True)
        page.goto(service.url+PAGES["pool"].format_map(odd_account)); 
        page.get_by_role("checkbox",name="+").first.check(); 
        page.route("**/preview",lambda r:r.fulfill(status=413,headers={"HX-Retarget":"#messages","HX-Reswap":"innerHTML"},content_type="text/html",body='<div class="alert alert-danger" role="alert"><strong>This is too much at once.</strong> Go back and send a shorter list.</div>'))
        page.get_by_label("Phone numbers").fill("x"); page.wait_for_timeout(900); page.screenshot(path=out/f"st-error_{scheme}_{w}.png")
