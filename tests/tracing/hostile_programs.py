# ruff: noqa
# fmt: off
"""Programs as people write them: filters, solvers, networks, classes of all kinds. Read by `test_hostile`."""

import abc, math
import numpy as np
import scipy.linalg as sla
from scipy import special

from tests.tracing.registry import h


class Layer:
    def __init__(self,n,m,seed):
        r=np.random.default_rng(seed); self.W=r.standard_normal((n,m)); self.cache={}
    def forward(self,x):
        self.cache['x']=x; return np.tanh(x@self.W)
class Net:
    def __init__(self): self.layers=[Layer(6,4,0),Layer(4,3,1)]; self.hist=[]
    def __call__(self,x):
        for l in self.layers: x=l.forward(x)
        self.hist.append(float(np.sum(x)) if False else 1)
        return np.sum(x**2)
net=Net()
@h()
def net1(x): return net(x)
@h()
def net2(x): 
    n=Net(); n.layers[0].W=x.reshape(6,1)*np.ones((1,4)); return n(np.ones(6))
class Stack:
    def __init__(self): self.items=[]
    def push(self,v): self.items.append(v); return self
    def total(self): return math.fsum(self.items)
@h()
def stack(x):
    s=Stack()
    for v in x: s.push(v*v)
    return s.total()
class Vec:
    def __init__(self,*c): self.c=np.array(c)
    def __add__(self,o): return Vec(*(self.c+o.c))
    def __mul__(self,k): return Vec(*(self.c*k))
    __rmul__=__mul__
    def __eq__(self,o): return bool(np.all(self.c==o.c))
    def __hash__(self): return 0
    def dot(self,o): return float(self.c@o.c)
@h()
def vec(x):
    a=Vec(x[0],x[1],x[2]); b=Vec(*x[3:]); return (a+2*b).dot(b)+(a==a)
class Meta(type):
    def __call__(cls,*a): 
        o=super().__call__(*a); o.tag=1; return o
class WithMeta(metaclass=Meta):
    def __init__(self,v): self.v=v
    def f(self): return self.v**2*self.tag
@h()
def meta(x): return WithMeta(x[0]).f()
class A(abc.ABC):
    @abc.abstractmethod
    def k(self,r): ...
    def gram(self,X): return np.array([[self.k(np.linalg.norm(a-b)) for a in X] for b in X])
class RBF(A):
    def __init__(self,l): self.l=l
    def k(self,r): return math.exp(-r**2/self.l**2)
@h()
def abcx(x): return np.linalg.slogdet(RBF(x[0]).gram(x[:,None])+np.eye(6))[1]
class Reg:
    subs=[]
    def __init_subclass__(cls,**k): Reg.subs.append(cls)
class S1(Reg):
    def f(self,x): return math.sin(x)
@h()
def initsub(x): return Reg.subs[0]().f(x[0])
class Counter:
    n=0
    def __init__(self): type(self).n+=1; Counter.n+=0
    def f(self,x): return x*x
@h()
def clsattr(x): Counter(); return Counter().f(x[0])
class Desc:
    def __get__(self,o,t): return o._v*2
    def __set__(self,o,v): o._v=v
class HasDesc:
    v=Desc()
    def __init__(self,v): self.v=v
    def g(self): return np.array([self.v,1.]).sum()
@h()
def desc(x): return HasDesc(x[0]).g()
class GA:
    def __init__(self,d): self.__dict__.update(d)
    def __getattr__(self,n): 
        if n.startswith('__'): raise AttributeError(n)
        return 2.
    def f(self): return self.a*self.zz
@h()
def ga(x): return GA({'a':x[0]}).f()
@h()
def kalman(x):
    m=np.zeros(2); P=np.eye(2); F=np.array([[1,x[0]],[0,1]]); Q=np.diag(x[1:3])*.1; R=x[3]; ll=0.
    Hm=np.array([[1.,0]])
    for z in [0.1,.5,.9,1.2]:
        m=F@m; P=F@P@F.T+Q; S=(Hm@P@Hm.T)[0,0]+R; K=(P@Hm.T)[:,0]/S; r=z-m[0]; m=m+K*r; P=(np.eye(2)-np.outer(K,Hm))@P
        ll-=0.5*(np.log(2*np.pi*S)+r*r/S)
    return ll
@h()
def sinkhorn(x):
    C=np.abs(x[:,None]-x[None])**2; K=np.exp(-C/.5); u=np.ones(6)/6
    a=np.ones(6)/6; b=np.arange(1,7.)/21
    for _ in range(30): v=b/(K.T@u); u=a/(K@v)
    return np.sum(u[:,None]*K*v*C)
@h()
def gp(x):
    X=np.linspace(0,1,7)[:,None]; y=np.sin(3*X[:,0]); K=x[0]**2*np.exp(-.5*((X-X.T)/x[1])**2)+(x[2]**2+1e-6)*np.eye(7)
    L=sla.cholesky(K,lower=True); al=sla.cho_solve((L,True),y); return .5*y@al+np.sum(np.log(np.diag(L)))+3.5*np.log(2*np.pi)
@h()
def hmm(x):
    A=special.softmax(x.reshape(2,3)[:, :2],axis=1); al=np.array([.5,.5])
    for o in [0,1,1,0]:
        al=(al@A)*np.array([[.7,.3],[.2,.8]])[:,o]
        c=al.sum(); al/=c
    return np.log(c)
@h()
def conv2(x):
    im=np.arange(25.).reshape(5,5)/10; k=np.concatenate([x,x[:3]]).reshape(3,3); out=np.zeros((3,3))
    for i in range(3):
        for j in range(3): out[i,j]=np.sum(im[i:i+3,j:j+3]*k)
    return np.sum(np.maximum(out,0)**2)
@h()
def attention(x):
    Q=x.reshape(3,2); S=Q@Q.T/np.sqrt(2); S=np.where(np.tril(np.ones((3,3)))>0,S,-np.inf); P=np.exp(S-S.max(axis=-1,keepdims=True)); P/=P.sum(-1,keepdims=True); return np.sum((P@Q)**2)
@h()
def rk4(x):
    f=lambda y,t: np.array([y[1],-x[0]*y[0]-x[1]*y[1]+math.sin(x[2]*t)]); y=np.array([1.,0.]); hh=.1
    for i in range(20):
        t=i*hh; k1=f(y,t);k2=f(y+hh/2*k1,t+hh/2);k3=f(y+hh/2*k2,t+hh/2);k4=f(y+hh*k3,t+hh); y=y+hh/6*(k1+2*k2+2*k3+k4)
    return y@y
@h()
def newton(x):
    z=np.ones(2)
    for _ in range(20):
        F=np.array([z[0]**2+z[1]-x[0]-2,z[0]*z[1]-x[1]]); J=np.array([[2*z[0],1],[z[1],z[0]]]); z=z-np.linalg.solve(J,F)
        if np.linalg.norm(F)<1e-13: break
    return z[0]*x[2]+z[1]
@h()
def rotation(x):
    th=np.linalg.norm(x[:3]); k=x[:3]/th; K=np.array([[0,-k[2],k[1]],[k[2],0,-k[0]],[-k[1],k[0],0]]); R=np.eye(3)+np.sin(th)*K+(1-np.cos(th))*K@K; return np.sum((R@x[3:])*np.arange(3))
@h()
def heat(x):
    u=x.copy()
    for _ in range(10): u[1:-1]+=.1*(u[2:]-2*u[1:-1]+u[:-2])
    return u@np.arange(6)
@h()
def life(x):
    u=x*1
    for _ in range(5): u=np.roll(u,1)*.5+np.roll(u,-1)*.5-u**3*.01; u[0]=0; u[-1]=u[-2]
    return np.sum(u**2)
@h()
def kmeans(x):
    c=np.array([x.min(),x.max()])
    for _ in range(3):
        lab=np.argmin(np.abs(x[:,None]-c),axis=1); c=np.array([x[lab==k].mean() if np.any(lab==k) else c[k] for k in range(2)])
    return np.sum((x-c[lab])**2)
@h()
def mixture(x):
    w=special.softmax(x[:2]); mu=x[2:4]; s=x[4:]; d=np.array([.1,.6,1.2]); return -np.sum(special.logsumexp(np.log(w)-.5*((d[:,None]-mu)/s)**2-np.log(s),axis=1))
@h()
def dtw(x):
    a,b=x[:3],x[3:]; D=np.full((4,4),np.inf); D[0,0]=0
    for i in range(1,4):
        for j in range(1,4): D[i,j]=abs(a[i-1]-b[j-1])+min(D[i-1,j],D[i,j-1],D[i-1,j-1])
    return D[3,3]
@h()
def viterbi(x):
    s=x[:2]; 
    for t in range(3): s=np.max(s[:,None]+x[2:].reshape(2,2),axis=0)
    return s.max()
@h()
def bspline(x):
    def N(i,k,t,kn): 
        if k==0: return 1.0 if kn[i]<=t<kn[i+1] else 0.0
        return (t-kn[i])/(kn[i+k]-kn[i])*N(i,k-1,t,kn)+(kn[i+k+1]-t)/(kn[i+k+1]-kn[i+1])*N(i+1,k-1,t,kn)
    return sum(x[i]*N(i,2,2.5+x[5]*.1,list(range(12))) for i in range(5))
@h()
def cplx_ode(x):
    psi=np.array([1,0],dtype=complex); Hm=np.array([[x[0],x[1]],[x[1],-x[0]]])+0j
    for _ in range(5): psi=psi-1j*.1*(Hm@psi); psi/=np.linalg.norm(psi)
    return abs(psi[1])**2
@h()
def gramschmidt(x):
    A=np.outer(x[:3],x[3:])+np.eye(3); Q=np.zeros((3,3))
    for j in range(3):
        v=A[:,j].copy()
        for i in range(j): v-=(Q[:,i]@A[:,j])*Q[:,i]
        Q[:,j]=v/np.linalg.norm(v)
    return np.sum(Q*np.arange(9).reshape(3,3))
@h()
def jacobieig(x):
    A=np.outer(x[:3],x[:3])+np.diag(x[3:])
    for _ in range(6):
        for p,q in ((0,1),(0,2),(1,2)):
            th=.5*math.atan2(2*A[p,q],A[q,q]-A[p,p]); c,s=math.cos(th),math.sin(th); J=np.eye(3); J[p,p]=J[q,q]=c; J[p,q]=s; J[q,p]=-s; A=J.T@A@J
    return np.sum(np.diag(A)**3)
@h()
def chol_own(x):
    A=np.outer(x,x)+3*np.eye(6); L=np.zeros_like(A)
    for i in range(6):
        for j in range(i+1):
            s=A[i,j]-np.dot(L[i,:j],L[j,:j]); L[i,j]=math.sqrt(s) if i==j else s/L[j,j]
    return np.sum(np.log(np.diag(L)))
@h()
def powerit(x):
    A=np.outer(x,x)+np.diag(x); v=np.ones(6)
    for _ in range(60): v=A@v; v/=np.sqrt(v@v)
    return v@A@v
@h()
def cg(x):
    A=np.outer(x,x)+3*np.eye(6); b=x.copy(); z=np.zeros(6); r=b-A@z; p=r.copy(); rs=r@r
    while rs>1e-20:
        Ap=A@p; al=rs/(p@Ap); z+=al*p; r-=al*Ap; rn=r@r; p=r+rn/rs*p; rs=rn
    return z.sum()
@h()
def sortsoft(x):
    idx=np.argsort(x); s=x[idx]; rank=np.empty_like(idx); rank[idx]=np.arange(6); return np.sum(x*rank)+np.cumsum(s)@s
@h()
def lookup(x):
    t={'a':0,'b':1}; e=x.reshape(3,2); return sum(e[t[c]]@e[2] for c in 'abba')
@h()
def strfmt(x):
    lines=[]
    for i,v in enumerate(x): lines.append(f"{i}: {v:.3f}")
    print("\n".join(lines)[:0],end=""); return np.sum(x**3)
@h()
def adam(x):
    w=x[:3].copy(); m=np.zeros(3); v=np.zeros(3)
    for t in range(1,6):
        g=2*(w-x[3:]); m=.9*m+.1*g; v=.99*v+.01*g*g; w-=.1*(m/(1-.9**t))/(np.sqrt(v/(1-.99**t))+1e-8)
    return w@w
@h()
def dropout(x):
    r=np.random.RandomState(0); mask=r.rand(6)>.3; return np.sum((x*mask/.7)**2)
@h()
def batchnorm(x):
    X=x.reshape(3,2); mu=X.mean(0); var=X.var(0); Z=(X-mu)/np.sqrt(var+1e-5); return np.sum(Z**3)
@h()
def hilbert(x): return np.abs(np.fft.ifft(np.fft.fft(x)*np.array([1,2,2,1,0,0]))).sum()
@h()
def welch(x): return np.log(np.abs(np.fft.rfft(x*np.hanning(6)))**2+1e-3).sum()
@h()
def quant(x): return np.quantile(np.outer(x,x),[.25,.75],axis=0).sum()+np.median(np.outer(x,x))
