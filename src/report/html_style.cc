// How report.html looks, on a screen, on a phone and on A4 paper.
#include "report/html_sections.h"

namespace magpie::report {

const std::string_view kStyle = R"css(
:root{--ink:#17222c;--soft:#56636f;--line:#dde2e5;--paper:#fff;--ground:#f3f4f1;--need:#1d5c89;--offer:#9c4d16;
--g3:#17714b;--g2:#5b7a17;--g1:#786d5f;--bad:#a8322b;--top:#12344c;--mark-n:#dcebf6;--mark-o:#fbe6d3}
*{box-sizing:border-box}
html{scroll-behavior:smooth;scroll-padding-top:3.6rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.6 system-ui,-apple-system,"Segoe UI","PingFang SC",
"Hiragino Sans GB","Microsoft YaHei","Noto Sans CJK SC","Source Han Sans SC",sans-serif;overflow-wrap:anywhere}
.wrap{max-width:1120px;margin:0 auto;padding:0 20px}
h1,h2,h3,h4,p,ul,ol,dl,dd{margin:0;padding:0}
ul,ol{list-style:none}
a{color:var(--need)}
a:focus-visible,summary:focus-visible,input:focus-visible,select:focus-visible{outline:3px solid #e9a23b;outline-offset:2px}
.skip{position:absolute;left:-999px}.skip:focus{left:8px;top:8px;background:#fff;padding:8px;z-index:9}
.top{background:var(--top);color:#fff;padding:40px 0 34px;overflow:hidden}
.top .wrap{position:relative}
.bridge{position:absolute;right:0;top:-16px;width:min(38%,400px);color:#8fc3e0;opacity:.34}
.kicker{font-size:.875rem;letter-spacing:.14em;color:#a9cfe4;margin-bottom:4px}
h1{font-size:clamp(1.5rem,4.4vw,2.25rem);line-height:1.28;font-weight:700;text-wrap:balance;position:relative;max-width:22em}
.sub{color:#cfe1ec;margin-top:8px;font-size:.95rem;position:relative}
.lead{margin-top:18px;font-size:1.06rem;max-width:46em;position:relative}
nav{position:sticky;top:0;background:rgba(255,255,255,.97);border-bottom:1px solid var(--line);z-index:5}
nav .wrap{display:flex;gap:4px;overflow-x:auto;scrollbar-width:none;padding:0 12px}
nav a{padding:12px 10px;color:var(--ink);text-decoration:none;white-space:nowrap;font-size:.94rem}
nav a:hover{color:var(--need);box-shadow:inset 0 -3px var(--need)}
nav small{margin-left:4px;color:var(--soft);font-size:.78rem;font-variant-numeric:tabular-nums}
section{margin:36px 0}
h2{font-size:1.32rem;line-height:1.3;margin-bottom:14px}
h2 small{font-weight:400;color:var(--soft);font-size:.9rem;margin-left:.5em}
h3{font-size:1.02rem;line-height:1.45}
.note{color:var(--soft);font-size:.88rem;margin:0 0 12px}
.card{background:var(--paper);border:1px solid var(--line);border-radius:10px}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(148px,1fr));gap:12px;margin-bottom:18px}
.figures div{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.figures dt{color:var(--soft);font-size:.86rem}
.figures dd{font-size:1.85rem;font-weight:700;line-height:1.25;font-variant-numeric:tabular-nums}
.figures dd small{font-size:.92rem;font-weight:400;color:var(--soft);margin-left:.3em}
.figures dd.why{font-weight:400;color:var(--soft);font-size:.82rem;line-height:1.45}
.spreads{display:grid;grid-template-columns:repeat(auto-fit,minmax(260px,1fr));gap:12px;margin-bottom:18px}
.spread{background:var(--paper);border:1px solid var(--line);border-radius:10px;padding:12px 16px}
.spread ul{list-style:none;margin:6px 0 0;padding:0;font-size:.86rem}.spread li{display:flex;gap:8px;align-items:center}
.spread span{min-width:6em;color:var(--soft)}.spread i{background:#6f9fbe;height:10px;border-radius:3px}
.dial{width:100%;max-width:640px;height:auto;display:block}
ol.card{padding:12px 20px 12px 42px}ol.card li{margin:4px 0}
.funnel{padding:16px 20px 10px}
.funnel li{display:grid;grid-template-columns:minmax(13em,1fr) minmax(0,1.6fr) 6.2em;gap:16px;align-items:center;min-height:56px}
.funnel b{display:block;line-height:1.3}
.funnel span{color:var(--soft);font-size:.83rem;line-height:1.35;display:block}
.funnel svg{width:100%;height:56px;display:block}
.funnel strong{font-size:1.2rem;text-align:right;font-variant-numeric:tabular-nums}
.funnel+.note{margin-top:8px}
.session{margin-bottom:22px}
.session h3{margin-bottom:8px}
.rounds+h3{margin-top:18px}
h3 small{font-weight:400;color:var(--soft);margin-left:.4em}
.grid{width:100%;border-collapse:separate;border-spacing:0;table-layout:fixed;background:var(--paper);border:1px solid var(--line);
border-radius:10px;font-size:.83rem;line-height:1.42}
.grid th,.grid td{border-right:1px solid var(--line);border-bottom:1px solid var(--line);padding:8px;vertical-align:top;text-align:left}
.grid tr>:last-child{border-right:0}.grid tbody tr:last-child>*{border-bottom:0}
.grid thead th{background:#eef1f2;font-weight:600}.grid thead small{display:block;font-weight:400;color:var(--soft)}
.grid thead th:first-child{width:5.2em;border-radius:10px 0 0 0}
.grid tbody th{background:#f8f9f8;font-variant-numeric:tabular-nums;font-weight:600}
.grid .free{color:#a9b1b7}.grid .shut{background:repeating-linear-gradient(135deg,#f1f2f1 0 4px,#fafafa 4px 8px);color:#a9b1b7}
.meet b{display:block;font-weight:600}
.meet .team{display:block;color:var(--offer)}
.meet .topic{display:block;color:var(--soft);margin-top:2px}
.meet a{color:inherit;text-decoration:none}.meet a:hover{text-decoration:underline}
.wish{float:right;margin:1px 0 0 4px;min-width:1.5em;padding:0 4px;border-radius:9px;background:#eef1f2;color:var(--soft);font-size:.74rem;
font-weight:600;text-align:center}
.wish.p1{background:var(--need);color:#fff}.wish.p2{background:#cfe1ec;color:#123a56}
.rounds{display:grid;grid-template-columns:repeat(auto-fill,minmax(230px,1fr));gap:8px}
.rounds>li{background:var(--paper);border:1px solid var(--line);border-radius:8px;padding:8px 10px;font-size:.85rem;line-height:1.42}
.rounds .tab{float:right;color:var(--soft);font-size:.78rem}
.tools{display:none;gap:10px;flex-wrap:wrap;align-items:center;margin-bottom:14px}
.js .tools{display:flex}
.tools input,.tools select,.tools button{font:inherit;font-size:.95rem;padding:8px 10px;border:1px solid #b9c2c8;border-radius:8px;background:#fff;
color:var(--ink)}
.tools input{flex:1 1 15em;min-width:0}
.tools output{color:var(--soft);font-size:.88rem}
.need{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,7fr);margin-bottom:14px;border-left:4px solid var(--need)}
.need>header{padding:14px 16px;border-right:1px solid var(--line)}
.need h3{font-weight:650}
.id{font:600 .76rem/1.4 ui-monospace,"SFMono-Regular",Consolas,monospace;color:var(--soft);letter-spacing:.02em}
.who{color:var(--soft);font-size:.88rem;line-height:1.5}
.who b{color:var(--ink);font-weight:500}
.pair{padding:12px 16px 12px}
.pair+.pair{border-top:1px solid var(--line)}
.head{display:flex;gap:14px;justify-content:space-between;align-items:flex-start}
.head h4{font-size:.98rem;line-height:1.45;color:var(--offer);font-weight:650}
.score{flex:none;display:grid;grid-template-columns:auto auto;gap:0 8px;align-items:baseline;text-align:right;min-width:104px}
.grade{font-weight:650;font-size:.9rem;text-align:left}.g3 .grade{color:var(--g3)}.g2 .grade{color:var(--g2)}.g1 .grade,.g0 .grade{color:var(--g1)}
.score b{font-variant-numeric:tabular-nums}
.bar{grid-column:1/-1;height:7px;border-radius:4px;background:#e6e9ea;overflow:hidden}
.bar i{display:block;height:100%;background:var(--g1)}.g3 .bar i{background:var(--g3)}.g2 .bar i{background:var(--g2)}
.reason{margin-top:6px;font-size:.92rem;line-height:1.6}
.against{margin-top:4px;font-size:.88rem;line-height:1.55;color:var(--bad)}
.tag{display:inline-block;font-weight:600;margin-right:.4em}
.chips{display:flex;flex-wrap:wrap;gap:6px;margin-top:7px;font-size:.8rem;line-height:1.4}
.chips li{border:1px solid var(--line);border-radius:6px;padding:1px 7px;color:var(--soft);background:#fafbfa}
.chips .met::before{content:"✓ ";color:var(--g3)}.chips .missed{color:var(--bad);border-color:#e6c3c0}.chips .missed::before{content:"✕ "}
.chips .held{background:var(--mark-n);border-color:#b9d4e6;color:#123a56}
.chips .decided{background:#fff3d6;border-color:#ecd394;color:#6b4b00}
details{margin-top:7px;font-size:.88rem}
summary{cursor:pointer;color:var(--need);padding:2px 0}
.reasons li{padding:6px 0 6px 12px;border-left:3px solid var(--g3);margin-top:6px;line-height:1.6}
.reasons .con{border-color:var(--bad)}
mark{background:none;color:inherit;padding:0 1px;border-radius:3px}
mark.n{background:var(--mark-n)}mark.o{background:var(--mark-o)}
.quotes{color:var(--soft);font-size:.85rem}
.overview{display:block;width:100%;height:auto;max-height:560px;padding:8px 0}
.panels{display:grid;gap:16px}
.scroll{overflow-x:auto;-webkit-overflow-scrolling:touch}
.panel svg{display:block;width:100%;min-width:720px;height:auto}
.panel figcaption{color:var(--soft);font-size:.84rem;padding:8px 14px 0}
figure{margin:0 0 16px}
.edge{fill:none}
.list{width:100%;border-collapse:collapse;font-size:.88rem;line-height:1.5;background:var(--paper)}
.list th,.list td{padding:8px 10px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
.list th{background:#eef1f2;font-weight:600;white-space:nowrap}
.list .num{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.list .why{white-space:nowrap}
.tablewrap{border:1px solid var(--line);border-radius:10px;overflow:hidden;margin-bottom:16px}
.counts{display:flex;flex-wrap:wrap;gap:8px;margin-bottom:10px}
.counts li{background:var(--paper);border:1px solid var(--line);border-radius:16px;padding:2px 12px;font-size:.86rem}
.counts b{font-variant-numeric:tabular-nums}
.open h3,.import h3{margin:18px 0 8px}
.status-error{color:var(--bad);font-weight:600}.status-warning{color:#8a5a00}
footer{background:#e9ebe8;border-top:1px solid var(--line);padding:20px 0 32px;font-size:.84rem;color:var(--soft)}
footer h2{font-size:1rem;color:var(--ink)}
footer dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(240px,1fr));gap:6px 24px;margin-bottom:10px}
footer dt{display:inline;font-weight:600}footer dt::after{content:" "}footer dd{display:inline}
[hidden]{display:none!important}
@media screen and (max-width:760px){
.wrap{padding:0 14px}
.top{padding:26px 0 24px}.bridge{width:52%;opacity:.2}
section{margin:28px 0}
.figures{grid-template-columns:1fr 1fr;gap:8px}.figures div{padding:10px 12px}.figures dd{font-size:1.5rem}
.funnel{padding:10px 12px}.funnel li{grid-template-columns:minmax(0,1fr) minmax(0,1fr) auto;gap:10px}.funnel strong{font-size:1rem;min-width:3.6em}
.need{display:block}.need>header{border-right:0;border-bottom:1px solid var(--line);padding:12px}.pair{padding:12px}
.grid,.grid tbody,.grid tr,.grid th,.grid td{display:block}
.grid{border:0;background:none}.grid thead{display:none}
.grid tr{background:var(--paper);border:1px solid var(--line);border-radius:10px;margin-bottom:10px;overflow:hidden}
.grid tbody th{border-right:0;background:#eef1f2;padding:6px 12px}
.grid td{border-right:0;padding:8px 12px;font-size:.9rem}.grid tr>:last-child{border-bottom:0}
.grid td::before{content:attr(data-table);float:left;width:3em;color:var(--soft);font-size:.8rem;font-weight:600}
.grid td.meet>div{margin-left:3em}
.grid td.free,.grid td.shut,.grid tr.empty{display:none}
.stack thead{display:none}.stack,.stack tbody,.stack tr,.stack td{display:block}
.stack tr{padding:10px 12px;border-bottom:1px solid var(--line)}
.stack td{border:0;padding:1px 0}.stack td:empty{display:none}
.stack td[data-label]::before{content:attr(data-label);color:var(--soft);font-size:.78rem;margin-right:.6em}
.stack .num{text-align:left}
}
@page{size:A4;margin:13mm 12mm}
@page wide{size:A4 landscape;margin:10mm}
@media print{
html{scroll-padding:0}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}
body{background:#fff;font-size:10pt;line-height:1.45}
.wrap{max-width:none;padding:0}
.top{background:none;color:var(--ink);padding:0 0 10px;border-bottom:2px solid var(--top)}
.kicker,.sub{color:var(--soft)}.bridge{opacity:.25;color:var(--need);width:30%}
.lead{margin-top:8px}
nav,.tools,.skip{display:none!important}
details:not([open]).evidence{display:none}
.evidence summary{display:none}
summary{list-style:none;color:var(--soft)}
section{margin:14px 0}
h1{font-size:20pt}h2{font-size:14pt;margin-bottom:8px}h3{font-size:10.5pt}
h2,h3,h4{break-after:avoid}
.figures{grid-template-columns:repeat(5,1fr);gap:8px}.figures div{padding:8px 10px}.figures dd{font-size:1.4rem}
.figures dd.why{font-size:8pt}
.figures div,.funnel li,.spread,.dial,.pair,.grid,.list tr,.rounds>li,.panel,.counts{break-inside:avoid}
.funnel li{min-height:44px}.funnel svg{height:44px}
.timetable{page:wide}
.grid{font-size:8.4pt}.grid th,.grid td{padding:5px 6px}
.need{display:block;margin-bottom:9px;border-radius:0;border-width:0 0 1px 3px}
.need>header{padding:3px 10px;border:0;background:#eff3f5;break-after:avoid;break-inside:avoid}
.need>header .id,.need>header h3,.need>header .who{display:inline;margin-right:.6em}
.pair{padding:5px 10px 6px}
.head h4{display:inline;font-size:10pt;margin:0 .6em 0 .4em}.head .who{display:inline}
.score{min-width:96px;line-height:1.25}.bar{height:5px}
.who,.reason,.against,details{font-size:9pt;line-height:1.42;margin-top:2px}
.chips{font-size:8pt;gap:4px;margin-top:3px}
.scroll{overflow:visible}.panel svg{min-width:0;max-height:255mm}.overview{max-height:150mm}
.list{font-size:9pt}.list th,.list td{padding:4px 6px}
.tablewrap{overflow:visible}
.list thead{display:table-header-group}
.rounds{grid-template-columns:repeat(4,1fr)}
a{color:inherit;text-decoration:none}
footer{background:none;break-inside:avoid}
}
)css";

const std::string_view kScript = R"js(
(function(){
var d=document,h=d.documentElement;h.classList.add('js');
var all=function(s,e){return [].slice.call((e||d).querySelectorAll(s))};
var needs=all('.need'),box=d.getElementById('needs'),q=d.getElementById('q'),g=d.getElementById('g'),o=d.getElementById('o'),
n=d.getElementById('shown');
if(box&&q){
var texts=needs.map(function(e){return e.textContent.toLowerCase()});
var filter=function(){
var words=q.value.toLowerCase().split(/\s+/).filter(Boolean),least=+g.value,count=0;
needs.forEach(function(e,i){
var ok=words.every(function(w){return texts[i].indexOf(w)>=0})&&+e.dataset.grade>=least;
e.hidden=!ok;if(ok)count++;
all('.pair',e).forEach(function(p){p.hidden=+p.dataset.grade<least});
});
n.textContent=n.dataset.text.replace('{0}',count).replace('{1}',needs.length);
};
var order=function(){
var list=needs.slice();
if(o.value==='score')list.sort(function(a,b){return b.dataset.score-a.dataset.score||needs.indexOf(a)-needs.indexOf(b)});
list.forEach(function(e){box.appendChild(e)});
};
q.addEventListener('input',filter);g.addEventListener('change',filter);o.addEventListener('change',order);
filter();
}
var unfold=d.getElementById('unfold');
if(unfold)unfold.addEventListener('click',function(){
var list=all('.evidence'),open=!list.every(function(e){return e.open});
list.forEach(function(e){e.open=open});
});
})();
)js";

}  // namespace magpie::report
