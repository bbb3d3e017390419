"""Energy and ergotropy of a pair at any time: e^{Zt} to 120 digits by scaling and squaring.

Prints, for the cases of small_differences.rs, population of the excited battery, ergotropy in quanta and the error of the trace.
Needs mpmath.
"""

import mpmath as mp
mp.mp.dps=120
def pair(gC=0,kC=0,nC=0,gB=0,kB=0,nB=0,dC=0,dB=0,g=1,F=0,rho0=(0,0),times=()):
    # order: charger slow; levels 0=g,1=e
    f=mp.mpf
    sm=mp.matrix([[0,1],[0,0]]); n=mp.matrix([[0,0],[0,1]]); I=mp.eye(2)
    kron=lambda A,B: mp.matrix([[A[i//B.rows,j//B.cols]*B[i%B.rows,j%B.cols] for j in range(A.cols*B.cols)] for i in range(A.rows*B.rows)])
    c=kron(sm,I); b=kron(I,sm); nc=kron(n,I); nb=kron(I,n)
    H=f(dC)*nc+f(dB)*nb+f(g)*(c.T*b+b.T*c)+f(F)*(c+c.T)
    Ls=[(f(gC),nc),(f(kC)*(f(nC)+1),c),(f(kC)*f(nC),c.T),(f(gB),nb),(f(kB)*(f(nB)+1),b),(f(kB)*f(nB),b.T)]
    I4=mp.eye(4)
    # row-major vec: A X B -> kron(A, B^T)
    Z=mp.mpc(0,-1)*(kron(H,I4)-kron(I4,H.T))
    for r,L in Ls:
        if r==0: continue
        LL=L.T*L
        Z=Z+r*(kron(L,L)-(kron(LL,I4)+kron(I4,LL.T))/2)
    v=mp.zeros(16,1); k=rho0[0]*2+rho0[1]; v[k*4+k]=1
    out=[]
    for t in times:
        t=f(t); s=max(0,int(mp.ceil(mp.log(mp.norm(Z,1)*t,2)))+4)
        A=Z*(t/2**s); P=mp.eye(16); T=mp.eye(16)
        for k in range(1,60):
            T=T*A/k; P=P+T
        for _ in range(s): P=P*P
        x=P*v
        rho=[[x[i*4+j] for j in range(4)] for i in range(4)]
        p=mp.re(rho[1][1]+rho[3][3]); coh=rho[0][1]+rho[2][3]; tr=mp.re(sum(rho[i][i] for i in range(4)))
        z=2*p-1; r=mp.sqrt(z*z+4*abs(coh)**2); W=(z+r)/2
        out.append((mp.nstr(p,20),mp.nstr(W,20),mp.nstr(tr-1,3)))
    return out
if __name__=="__main__":
    print("a5", pair(gC=1e-9,dC=1.1-1.0,dB=1.1-1.0,F=0.5,times=[1e6,1e9]))
    print("a6", pair(kC=1e9,nC=0.5,F=0.5,times=[1e3,1e6]))
    print("free", pair(dC=1.1-1.0,dB=1.1-1.0,F=0.5,times=[1e7,1e12]))
    print("slow", pair(gC=1e-300,dC=0.25,dB=0.5,F=0.5,kB=1e-5,nB=0.3,times=[1e3,1e7,1e12]))
    print("fast", pair(gC=1e12,kC=1e-3,dB=0.1,dC=0.1,F=0.5,kB=1e-8,nB=0.0,times=[1.0,1e6,1e13]))
