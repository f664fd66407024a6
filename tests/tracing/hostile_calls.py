# ruff: noqa
# fmt: off
"""What NumPy's, SciPy's and Python's functions take: functions as people write them, each with the point where it is tried. Read by `test_hostile`."""

import collections, contextlib, copy, itertools, math, operator
import numpy as np
from scipy import integrate, interpolate, optimize, signal, sparse, stats

from tests.tracing.registry import h


@h()
def vectorize(x):
    g=np.vectorize(lambda a,b: a*b if a>b else a+b); return np.sum(g(x,x[::-1]))
@h()
def vectorize2(x):
    @np.vectorize
    def g(a): return math.sin(a)
    return np.sum(g(x))
@h()
def applyalong(x): return np.sum(np.apply_along_axis(lambda r: r**2*r[0],1,x.reshape(2,3)))
@h()
def frompy(x): return np.sum(np.frompyfunc(lambda a:a**2,1,1)(x))
@h()
def fromfunc(x): return np.sum(np.fromfunction(lambda i,j: x[0]*i+x[1]*j,(3,3)))
@h()
def fromiter(x): return np.sum(np.fromiter((v**2 for v in x),dtype=float))
@h()
def itert(x): return sum(a*b for a,b in itertools.combinations(x,2))+sum(itertools.accumulate(x,operator.mul))
@h()
def itert2(x): return sum(a*b for a,b in itertools.product(x,repeat=2))+max(itertools.chain(x,[3.]))
@h()
def zipenum(x): return sum(i*a*b for i,(a,b) in enumerate(zip(x,reversed(x))))
@h()
def mapf(x): return sum(map(lambda t:t**2,x))+sum(filter(lambda t:t>.5,x))
@h()
def gen(x):
    def g():
        for v in x:
            yield v*v
    return sum(g())
@h()
def nonloc(x):
    tot=0.
    def add(v):
        nonlocal tot
        tot=tot+v**2
    for v in x: add(v)
    return tot
@h()
def closures(x):
    fs=[lambda t,k=k: t**k for k in range(3)]
    return sum(f(x[0]) for f in fs)
@h()
def latebind(x):
    fs=[lambda t: t**k for k in range(4)]
    return sum(f(x[0]) for f in fs)
@h()
def dicts(x):
    d=collections.defaultdict(float)
    for i,v in enumerate(x): d[i%2]+=v**2
    return d[0]*d[1]
@h()
def deq(x):
    d=collections.deque(maxlen=3)
    for v in x: d.append(v)
    return np.sum(np.array(d)**2)
@h()
def listcomp2(x): return np.array([[a*b for a in x] for b in x]).trace()
@h()
def arr_list_mixed(x): return np.sum(np.array([x, np.ones(6), list(x**2)]))
@h()
def scalars0d(x):
    a=np.array(x[0]); b=a[()]; a[...]=x[1]*2; return b*a+np.array(3.)*x[2]
@h(np.array(1.3))
def zerod(x): return x**2+x.sum()+x[()]+x.reshape(1)[0]
@h(np.array([1.3]))
def n1(x): return float(x)**2 if False else x[0]**2+np.linalg.norm(x)+np.var(x)
@h(np.zeros((0,3)))
def empty(x): return np.sum(x)+np.sum(x@np.ones(3))+3.*np.prod(x)
@h()
def emptyslice(x): return np.sum(x[3:3])+np.sum(x)+np.prod(x[6:])
@h()
def complexi(x):
    z=x[:3]+1j*x[3:]; w=np.exp(z)*z.conj(); return np.abs(w).sum()+np.angle(z).sum()+(z.real*z.imag).sum()+abs(z[0])
@h()
def complex2(x):
    z=np.zeros(3,complex); z.real=x[:3]; z.imag=x[3:]; return np.abs(z**2).sum()
@h()
def complex3(x):
    z=np.empty(3,dtype=complex); z[:]=x[:3]; z+=1j*x[3:]; return np.real(np.sum(np.sqrt(z)*np.log(z)))
@h()
def complex4(x):
    z=complex(x[0],x[1]); return abs(z)**2
@h()
def complex5(x):
    import cmath
    return cmath.exp(x[0]*1j).real
@h()
def randseed(x):
    np.random.seed(0); e=np.random.randn(6); return np.sum(x*e)**2
@h()
def randgen(x):
    r=np.random.default_rng(1); e=r.standard_normal(6); idx=r.permutation(6); return np.sum(x[idx]*e)
@h()
def randnormalarg(x):
    r=np.random.default_rng(1); return np.sum(r.normal(x,1.)**2)
@h()
def randshuffle(x):
    y=x*1; np.random.default_rng(0).shuffle(y); return np.sum(y*np.arange(6))
@h()
def randchoice(x):
    r=np.random.default_rng(1); return np.sum(r.choice(x,3)**2)
@h()
def quadin(x): return integrate.quad(lambda t: np.exp(-x[0]*t),0,1)[0]
@h()
def optin(x): return optimize.minimize(lambda t: np.sum((t-x)**2),np.zeros(6)).fun+optimize.brentq(lambda t:t**3-x[0],0,3)
@h()
def rootin(x): return optimize.root_scalar(lambda t:t**3-x[0],bracket=[0,3]).root
@h()
def odein(x): return integrate.solve_ivp(lambda t,y:-x[0]*y,(0,1),[1.]).y[0,-1]
@h()
def sparse1(x): return (sparse.diags(x)@x).sum()
@h()
def sparse2(x):
    S=sparse.csr_matrix(np.eye(6)); return np.sum((S@x)**2)
@h()
def statsn(x): return stats.norm.logpdf(x).sum()
@h()
def statsmv(x): return stats.multivariate_normal(np.zeros(6),np.eye(6)).logpdf(x)
@h()
def interp1(x): return interpolate.CubicSpline(np.arange(6),x)(2.5)
@h()
def sig(x): return np.sum(signal.convolve(x,[1.,2])**2)
@h()
def polyf(x): return np.polyfit(np.arange(6),x,2)[0]
@h()
def roots(x): return np.real(np.roots(x)).sum()
@h()
def poly1(x): return np.poly1d(x)(2.)
@h()
def polyP(x): return np.polynomial.Polynomial(x)(2.)
@h()
def polyder(x): return np.polyval(np.polyder(x),1.3)
@h()
def chebv(x): return np.polynomial.chebyshev.chebval(.3,x)
@h()
def cov(x): return np.cov(x.reshape(2,3))[0,1]+np.corrcoef(x.reshape(2,3))[0,1]
@h()
def hist(x): return np.histogram(x,weights=x)[0].sum()
@h()
def bincount(x): return np.sum(np.bincount([0,1,1,2,0,2],weights=x)**2)
@h()
def uniq(x): return np.sum(np.unique(x)**2)
@h()
def meshg(x):
    a,b=np.meshgrid(x[:3],x[3:]); return np.sum(a**2*b)
@h()
def gridl(x): return np.sum(np.linspace(x[0],x[1],5)**2)
@h()
def logsp(x): return np.sum(np.logspace(x[0],x[1],5))+np.geomspace(x[0],x[1],4).sum()
@h()
def delinsert(x): return np.sum(np.delete(x,2)**2)+np.sum(np.insert(x,1,x[0]**2))
@h()
def resize(x): return np.sum(np.resize(x,(3,3))**2)
@h()
def trim(x): return np.sum(np.nan_to_num(x)**2)+np.nanstd(x)+np.nanvar(x)+np.nanmedian(x)+np.nanprod(x)+np.nancumsum(x)[2]
@h()
def putm(x):
    y=x*1; np.put(y,[0,1],x[2:4]**2); np.place(y,y>1,[2.]); np.putmask(y,y<.5,x); np.copyto(y,x,where=x>1); return np.sum(y**2)
@h()
def putalong(x):
    y=x.reshape(2,3)*1.; np.put_along_axis(y,np.array([[0],[1]]),x[0],1); return np.sum(y**2)
@h()
def swapr(x):
    y=np.outer(x,x); y[[0,1]]=y[[1,0]]; return np.sum(y*np.arange(36).reshape(6,6))
@h()
def tuplesw(x):
    a,b=x[:3],x[3:]; a,b=b,a; (p,*q)=a; return p*sum(q)+np.sum(b)
@h()
def walrus(x):
    return (y:=x[0]**2)*y
@h()
def matchst(x):
    match x.shape:
        case (n,): return np.sum(x)*n*x[0]
        case _: return 0.
@h()
def tryexc(x):
    try: return np.sum(x.foo)
    except AttributeError: return np.sum(x**2)
@h()
def tryexc2(x):
    try: return float(x)**2
    except TypeError: return np.sum(x**2)
@h()
def tryexc3(x):
    try: v=x.item()
    except Exception: v=7.
    return v*np.sum(x**2)
@h()
def fstr(x):
    s=float(f"{x[0]:.17g}"); return s**2
@h()
def strr(x):
    return float(str(x[0]))*x[1]
@h()
def fromstr(x): return float(repr(x[0]).split('(')[-1].rstrip(')'))**2
@h()
def copydeep(x):
    y=copy.deepcopy(x); y[0]=4; z=copy.copy(x); z[1]=2*x[0]; return np.sum(x**2)+np.sum(y**3)+np.sum(z)
@h()
def tobytes(x): return np.frombuffer(x.tobytes()).sum()
@h()
def ctx(x):
    with np.errstate(all='ignore'), contextlib.suppress(ValueError):
        return np.sum(np.sqrt(x))
@h()
def lambdadef(x): return (lambda a,*b,c=2,**d: a*c+sum(b)+d['e'])(x[0],x[1],x[2],e=x[3])
@h()
def starargs(x): return math.hypot(*x[:2])+max(*x)+np.hypot(*x[2:4])
@h()
def minmaxkey(x): return max(x,key=lambda t:-t)*min(enumerate(x),key=lambda t:t[1])[1]
@h()
def roundb(x): return round(x[0],2)*x[1]
@h()
def floorb(x): return math.floor(x[0])*x[1]+x[2]//0.3*x[3]
@h()
def divm(x):
    a,b=divmod(x[0],.3); return a*b*x[1]
@h()
def modf(x):
    a,b=np.modf(x*3); return np.sum(a*b)
@h()
def frexp(x):
    a,b=np.frexp(x); return np.sum(a*b)
@h()
def ldexp(x): return np.sum(np.ldexp(x,2))+math.ldexp(x[0],3)
@h()
def trunc(x): return math.trunc(x[0])+x[1]
@h()
def powb(x): return pow(x[0],x[1])+x[0]**-2+2**x[2]+(-x[3])**2+(-x[3])**3.
@h()
def statistics_(x):
    import statistics
    return statistics.mean(x)+statistics.stdev(x)
@h()
def fraction_(x):
    from fractions import Fraction
    return float(Fraction(x[0]))**2
@h()
def decimal_(x):
    from decimal import Decimal
    return float(Decimal(x[0]))**2
@h()
def struct_(x):
    import struct
    return struct.unpack('d',struct.pack('d',x[0]))[0]**2
@h()
def json_(x):
    import json
    return json.loads(json.dumps(list(x)))[0]**2
@h()
def arraymod(x):
    import array
    return array.array('d',x)[0]**2
@h()
def numexpr_complex(x): return np.emath.sqrt(x-1).real.sum()
@h()
def objarr(x):
    o=np.empty(2,dtype=object); o[0]=x[0]; o[1]=x[1:]; return o[0]*np.sum(o[1]**2)
@h()
def objarr2(x):
    o=np.array([x[0],x[1]],dtype=object); return np.sum(o**2)
@h()
def structured(x):
    s=np.zeros(2,dtype=[('a',float)]); s['a']=x[:2]; return np.sum(s['a']**2)
@h()
def recarr(x): return np.rec.fromarrays([x,x]).f0.sum()
@h()
def masked(x): return np.ma.masked_array(x,mask=x>1).sum()
@h()
def matrixcls(x): return (np.matrix(x.reshape(2,3))*np.matrix(np.ones((3,1)))).sum()
@h()
def asmat(x): return np.asmatrix(x.reshape(2,3)).T.sum()
@h()
def nditer(x):
    t=0.
    for v in np.nditer(x): t=t+v**2
    return t
@h()
def ndenum(x):
    t=0.
    for i,v in np.ndenumerate(x.reshape(2,3)): t=t+v**2*i[0]
    return t
@h()
def ndindex(x):
    y=x.reshape(2,3); return sum(y[i]**2*i[1] for i in np.ndindex(*y.shape))
@h()
def rc_(x): return np.sum(np.r_[x[:2],0,x[2:]]**2*np.arange(7))+np.sum(np.c_[x,x]**2)
@h()
def s_(x): return np.sum(x[np.s_[1:4]]**2)
@h()
def lexs(x): return np.sum(x[np.argsort(-x)]*np.arange(6))+x[np.argmax(x)]**2
@h()
def topk(x): return np.sum(x[np.argpartition(x,3)[:3]])+np.partition(x,2)[:2].sum()
@h()
def triu_idx(x):
    A=np.zeros((3,3)); A[np.triu_indices(3)]=x; A[np.tril_indices(3,-1)]=A.T[np.tril_indices(3,-1)]; return np.sum(np.linalg.inv(A+5*np.eye(3)))
@h()
def diagidx(x):
    A=np.outer(x,x); A[np.diag_indices(6)]=x**3; A[np.diag_indices_from(A)]+=1; return np.sum(A**2)
@h()
def asstr(x):
    v=np.lib.stride_tricks.as_strided(x,(4,3),(8,8)); return np.sum(v**2)
@h()
def windows(x): return np.sum(np.lib.stride_tricks.sliding_window_view(x,3).mean(axis=-1)**2)
@h()
def viewdt(x): return x.view(np.float64)[0]**2
@h()
def memv(x): return memoryview(x)[0]**2
@h()
def base_(x): return np.sum(x**2) if x.base is None else np.sum(x)
@h()
def strid(x): return np.sum(x**2)*x.strides[0]
@h()
def flagsw(x): return np.sum(x**2) if x.flags.writeable else np.sum(x)
@h()
def setfl(x):
    x.setflags(write=False); return np.sum(x**2)
@h()
def inplace_matmul(x):
    A=np.outer(x,x); A@=np.eye(6)*2; A**=2; A/=3; A-=x; A//=1e-1 if False else 1; return np.sum(A)
@h()
def inplace_op(x):
    A=np.outer(x,x); A**=2; A/=3; A-=x; A%=.7; return np.sum(A)
@h()
def scalarinplace(x):
    s=0; s+=x[0]; t=s; s*=x[1]; return s+t
@h()
def rowalias(x):
    rows=[np.zeros(3)]*2; rows[0]+=x[:3]; rows[1]+=x[3:]; return np.sum(rows[0]**2)
@h()
def defaultarg(x, acc=np.zeros(6)):
    return np.sum((acc+x)**2)
